import type { ServerResponse } from 'node:http';
import { Receiver } from '../../support/receiver.js';

/** A receiver that answers nothing until it is told to, and counts how many requests are open at once. */
export class HeldReceiver {
  /** The most requests that were open at one time. */
  mostOpen = 0;
  private readonly open: ServerResponse[] = [];
  private released = false;

  private constructor(readonly receiver: Receiver) {}

  static async start(): Promise<HeldReceiver> {
    const held = new HeldReceiver(await Receiver.start((_request, response) => held.hold(response)));
    return held;
  }

  get url(): string {
    return this.receiver.url;
  }

  /** How many requests are open now. */
  get openNow(): number {
    return this.open.length;
  }

  /** Answers the request that has been open for longest. */
  releaseOne(): void {
    this.open.shift()?.end();
  }

  /** Answers all that is open, and from now on everything at once. */
  releaseAll(): void {
    this.released = true;
    while (this.open.length > 0) this.releaseOne();
  }

  close(): Promise<void> {
    return this.receiver.close();
  }

  private hold(response: ServerResponse): void {
    this.open.push(response);
    this.mostOpen = Math.max(this.mostOpen, this.open.length);
    if (this.released) this.releaseOne();
  }
}

import type { ServerResponse } from 'node:http';
import { Receiver } from '../../support/receiver.js';

/** A receiver that holds its answers until they are released, and counts the open requests. */
export class HeldReceiver {
  /** The most open requests at one time. */
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

  /** The number of open requests. */
  get openNow(): number {
    return this.open.length;
  }

  /** Answers the oldest open request. */
  releaseOne(): void {
    this.open.shift()?.end();
  }

  /** Answers all open requests, and later ones at once. */
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

import { setMaxListeners } from 'node:events';
import { DeadlineError } from './target-errors.js';

/** Attempts that begin within this time share a deadline: none has less time than it is given, and some this much more. */
const SHARED_MS = 20;

/**
 * What ends attempts at one webhook that began at about the same time. They share it, because an AbortController for each
 * costs a good deal of what an attempt does ("Effective changes" in docs/performance.md).
 */
export class Deadline {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private readonly sharedUntil = performance.now() + SHARED_MS;
  /** Attempts that share it and have not ended. Written by `join` and `leave`; read by `leave` and `isShared`. */
  private attempts = 1;

  private constructor(timeoutMs: number) {
    // As many listen as attempts share it and connections are being made, and all of them stop when they are done.
    setMaxListeners(Infinity, this.signal);
    this.timer = setTimeout(() => this.abort(new DeadlineError()), timeoutMs + SHARED_MS);
  }

  /**
   * The deadline of an attempt that begins now.
   *
   * @param latest that of the webhook's last attempt
   * @param timeoutMs how long an attempt may take
   */
  static join(latest: Deadline | undefined, timeoutMs: number): Deadline {
    if (!latest?.isShared) return new Deadline(timeoutMs);
    latest.attempts += 1;
    return latest;
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Ends the attempts that share it, with the reason as their error. */
  abort(reason: Error): void {
    this.controller.abort(reason);
  }

  /** One of its attempts has ended. */
  leave(): void {
    this.attempts -= 1;
    if (this.attempts === 0) clearTimeout(this.timer);
  }

  private get isShared(): boolean {
    return this.attempts > 0 && !this.signal.aborted && performance.now() < this.sharedUntil;
  }
}

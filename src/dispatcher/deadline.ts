import { setMaxListeners } from 'node:events';
import { DeadlineError } from './target-errors.js';

/** Attempts that begin within this time share a deadline. Each has at least its own time limit, and at most this much more. */
const SHARED_MS = 20;

/** The time limits of attempts, by their signal. Written by the constructor; read by `timeoutOf`. */
const timeouts = new WeakMap<AbortSignal, number>();

/** The maximum duration of the attempt that a signal ends, in milliseconds. Undefined for the signal of another part. */
export function timeoutOf(signal: AbortSignal | undefined): number | undefined {
  return signal && timeouts.get(signal);
}

/**
 * Ends the attempts at one webhook that began at about the same time. They share a deadline, because the AbortController is a
 * large part of the cost of an attempt ("Effective changes" in docs/performance.md).
 */
export class Deadline {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private readonly sharedUntil = performance.now() + SHARED_MS;
  /** Attempts under way that share it. Written by `join` and `leave`; read by `leave` and `isShared`. */
  private attempts = 1;

  private constructor(private readonly timeoutMs: number) {
    // Each attempt and each connection that is being made adds a listener, and removes it at its end.
    setMaxListeners(Infinity, this.signal);
    timeouts.set(this.signal, timeoutMs);
    this.timer = setTimeout(() => this.abort(new DeadlineError()), timeoutMs + SHARED_MS);
  }

  /**
   * The deadline of an attempt that begins now.
   *
   * @param latest the deadline of the webhook's last attempt
   * @param timeoutMs the maximum duration of an attempt
   */
  static join(latest: Deadline | undefined, timeoutMs: number): Deadline {
    if (!latest?.isShared || latest.timeoutMs !== timeoutMs) return new Deadline(timeoutMs);
    latest.attempts += 1;
    return latest;
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Ends the attempts that share it. The reason is their error. */
  abort(reason: Error): void {
    this.controller.abort(reason);
  }

  /** Ends the share of one attempt. */
  leave(): void {
    this.attempts -= 1;
    if (this.attempts === 0) clearTimeout(this.timer);
  }

  private get isShared(): boolean {
    return this.attempts > 0 && !this.signal.aborted && performance.now() < this.sharedUntil;
  }
}

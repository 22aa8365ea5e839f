import { isUnderPressure } from './capacity.js';

/** The limits of one host in this process, over all webhooks and users. */
export interface HostLimits {
  /** Requests under way at once. */
  concurrency: number;
  /** Requests per second, and the size of a burst; 0 for no limit. */
  rate: number;
}

/**
 * The requests of this process to one host. No user, and no number of users together, can aim the service at a host.
 * Webhooks of the same host take turns; a hanging one gets only its part ({@link EndpointQueue.maySend}).
 *
 * Invariant: the requests in flight never exceed `concurrency`, nor those of any period `rate` per second plus a burst.
 */
export class TargetHost {
  /** Requests in flight. Written by `start` and `end`; read by the queries below. */
  private inFlight = 0;
  /** Claimed deliveries that wait for a slot. Written by `buffer` and `unbuffer`; read by `isSaturated`. */
  private buffered = 0;
  /**
   * When the rate will have made up for all requests so far, by `performance.now()`: a token bucket as one number
   * (GCRA). Written by `start`; read by `delay`.
   */
  private paidAt = -Infinity;

  constructor(
    readonly name: string,
    private readonly limits: HostLimits,
  ) {}

  /** Whether half of its concurrency is taken. */
  get pressure(): boolean {
    return isUnderPressure(this.inFlight, this.limits.concurrency);
  }

  /** How many milliseconds another request must wait for the rate alone. */
  delay(now = performance.now()): number {
    const { rate } = this.limits;
    if (rate === 0) return 0;
    const burstMs = ((rate - 1) * 1_000) / rate;
    return Math.max(0, this.paidAt - now - burstMs);
  }

  /** Whether another request may start. */
  canStart(now = performance.now()): boolean {
    return this.inFlight < this.limits.concurrency && this.delay(now) === 0;
  }

  /** Whether its limits make enough deliveries wait: more of them would take room from other hosts. */
  isSaturated(now = performance.now()): boolean {
    return isUnderPressure(this.buffered, this.limits.concurrency) && !this.canStart(now);
  }

  /** Whether it has nothing to do and nothing to make up for: a new one would be the same. */
  isIdle(now = performance.now()): boolean {
    return this.inFlight === 0 && this.buffered === 0 && this.paidAt <= now;
  }

  buffer(): void {
    this.buffered += 1;
  }

  unbuffer(): void {
    this.buffered -= 1;
  }

  start(now = performance.now()): void {
    this.inFlight += 1;
    if (this.limits.rate > 0) this.paidAt = Math.max(this.paidAt, now) + 1_000 / this.limits.rate;
  }

  end(): void {
    this.inFlight -= 1;
  }
}

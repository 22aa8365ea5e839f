import { isUnderPressure } from './capacity.js';

/** The limits of one host in this process, over all webhooks and users. */
export interface HostLimits {
  /** The maximum number of requests in flight. */
  concurrency: number;
  /** The maximum number of requests per second, and the size of a burst. 0 means no limit. */
  rate: number;
}

/**
 * The requests of this process to one host. Its limits bound the load that users together can cause on a host. Webhooks of
 * the same host take turns. A hanging webhook gets only its part ({@link EndpointQueue.maySend}).
 *
 * Invariants: the requests in flight never exceed `concurrency`. The requests of any period never exceed `rate` per second plus
 * a burst.
 */
export class TargetHost {
  /** Requests in flight. Written by `start` and `end`; read by the queries below. */
  private inFlight = 0;
  /** Claimed deliveries that wait for a slot. Written by `buffer` and `unbuffer`; read by `isSaturated`. */
  private buffered = 0;
  /**
   * The time of `performance.now()` at which the rate covers all requests so far: a token bucket as one number (GCRA). Written
   * by `start`; read by `delay` and `isIdle`.
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

  /** The milliseconds that another request must wait because of the rate. */
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

  /** Whether its limits make enough deliveries wait. More of them would take slots from other hosts. */
  isSaturated(now = performance.now()): boolean {
    return isUnderPressure(this.buffered, this.limits.concurrency) && !this.canStart(now);
  }

  /** Whether a new host would be in the same state. */
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

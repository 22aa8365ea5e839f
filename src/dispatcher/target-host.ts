/** What one host may get of this process, over all webhooks and users. */
export interface HostLimits {
  /** Requests under way at once. */
  concurrency: number;
  /** Requests a second, as many of them at once; 0 for no limit. */
  rate: number;
}

/**
 * What this process sends to one host: no user, and no number of users together, can aim the service at it. Webhooks
 * of the same host take turns, and a hanging one of them gets no more than its part (see {@link Lane.maySend}).
 */
export class TargetHost {
  /** Requests under way. */
  inFlight = 0;
  /** Deliveries that were claimed and wait for a slot. */
  waiting = 0;
  /** A token bucket: one is taken by each request, and `rate` come back each second. */
  private tokens: number;
  private filledAt = performance.now();

  constructor(
    readonly name: string,
    private readonly limits: HostLimits,
  ) {
    this.tokens = limits.rate;
  }

  /** Whether half of what it may get at once is under way. */
  get isCrowded(): boolean {
    return this.inFlight * 2 >= this.limits.concurrency;
  }

  /**
   * How long a further request must wait for the rate alone, in milliseconds.
   *
   * @param now by `performance.now()`
   */
  delay(now = performance.now()): number {
    const { rate } = this.limits;
    if (rate === 0) return 0;
    this.tokens = Math.min(rate, this.tokens + ((now - this.filledAt) * rate) / 1_000);
    this.filledAt = now;
    return this.tokens >= 1 ? 0 : ((1 - this.tokens) * 1_000) / rate;
  }

  /** Whether a further request may begin. */
  hasRoom(now = performance.now()): boolean {
    return this.inFlight < this.limits.concurrency && this.delay(now) === 0;
  }

  /** Whether its own limits hold it back, and enough waits for it: claiming more would take room from others. */
  isHeldBack(now = performance.now()): boolean {
    return this.waiting * 2 >= this.limits.concurrency && !this.hasRoom(now);
  }

  begin(): void {
    this.inFlight += 1;
    this.tokens -= 1;
  }

  end(): void {
    this.inFlight -= 1;
  }
}

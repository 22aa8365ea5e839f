import type { AttemptOutcome } from '../queue/attempt-outcome.js';
import { isLate, permitDelayOf, type BufferedDelivery } from './buffered-delivery.js';
import { Deadline } from './deadline.js';
import type { TargetHost } from './target-host.js';
import type { TargetHosts } from './target-hosts.js';
import type { Target } from './target.js';

/** The source of deliveries for a queue: a claim of its webhook, a scan, or the fast path. */
export type DemandSource = 'due' | 'scan' | 'fast-path';

/** A response within this time is fast: a tenth of the default deadline. */
const FAST_MS = 1_000;
/** The maximum size of the window, as a multiple of the slots. */
const MAX_GROWTH = 32;
/** The part of its response rate that a queue keeps after a second with fewer responses. */
const RESPONSE_RATE_MEMORY = 0.9;

const NONE: readonly BufferedDelivery[] = [];

/**
 * One webhook's deliveries in this process: requests in flight, and leased deliveries that wait for a slot.
 *
 * Its window adapts like a congestion window. It doubles when the webhook empties the queue before the next claim fills it.
 * It returns to the number of slots when a delivery waited too long. Claims for a fast webhook are therefore large. A hanging
 * webhook holds few deliveries besides its slots. `docs/dispatch.md` draws the states.
 *
 * Invariants: only the queue writes its fields. Its requests in flight never exceed its slots. A slot is free when its
 * request is answered. After a pause, one request at a time is in flight until one succeeds.
 */
export class EndpointQueue {
  /** In the order of arrival. Written by `add`, `take`, `dropLate` and `clear`; read by all queries. */
  private buffered: BufferedDelivery[] = [];
  /** Requests without an answer. Written by `take` and `answered`; read by all queries. */
  private inFlight = 0;
  /**
   * Whether the table may have more due deliveries than were leased, and whether they were requested. Written by
   * `suspectMore`, `markRequested`, `noteMore` and `block`; read by `mayHaveMore`, `wantsMore` and `take`.
   */
  private more: 'none' | 'suspected' | 'requested' = 'none';
  /** Reasons to send nothing. Written by `block` and `unblock`; read by `isBlocked`. */
  private blocks = 0;
  /** The speed of the last response, or half-open after a pause. Written by `add` (half-open) and `answered`; read by the limits. */
  private mode: 'slow' | 'fast' | 'half-open' = 'slow';
  /** The number of deliveries that it may hold. Written by `take` and `dropLate`; read by `limit`. */
  private window: number;
  /** Responses since the last tick. Written by `answered` and `tick`; read by `tick` and `isIdle`. */
  private responses = 0;
  /** Recent responses per second. Written by `tick` and `dropLate`; read by `demand` and `isIdle`. */
  private responseRate = 0;
  /** Whether a recovery queued its latest delivery. Written by `add`; read by `yields`. */
  private isRecovered = false;
  /** The target of its latest delivery. Written by `targetAt`; read by `host`. */
  private target: Target | undefined;
  /** The deadline of its latest attempt. Attempts that start together share it. Written and read by `joinDeadline`. */
  private deadline: Deadline | undefined;

  /**
   * @param slots the maximum number of requests in flight
   * @param isLiveLoadHigh whether deliveries of recoveries yield
   */
  constructor(
    readonly webhookUuid: string,
    readonly userId: string,
    private readonly slots: number,
    private readonly isLiveLoadHigh: () => boolean,
  ) {
    this.window = slots;
  }

  /** The number of further deliveries that may be leased for it. */
  demand(source: DemandSource, pressure: boolean): number {
    if (this.isBlocked || this.isSaturated) return 0;
    // New deliveries must not overtake the deliveries in the table.
    if (source === 'fast-path' && this.mayHaveMore) return 0;
    const limit = this.limit(pressure);
    // On the fast path a proven webhook gets the deliveries of one second: their payloads are in memory, and need no claim.
    const most = source === 'fast-path' && this.isProven ? Math.max(limit, this.responseRate) : limit;
    const free = Math.max(0, most - this.inFlight - this.buffered.length);
    // The fast path may take all demand of a proven webhook. Without this delivery its retries would never be claimed.
    return source === 'scan' && this.isProven ? Math.max(1, free) : free;
  }

  /** Whether a claim is worth its cost: more may be due, and half of the limit is free. */
  wantsMore(pressure: boolean): boolean {
    if (this.more !== 'suspected' || this.isBlocked) return false;
    return this.demand('due', pressure) * 2 >= this.limit(pressure);
  }

  /** Whether a claim is useless now: its deliveries could not start, and buffered ones come first. */
  canSkipClaim(pressure: boolean): boolean {
    const demand = this.demand('due', pressure);
    return demand === 0 || (this.buffered.length > 0 && demand * 2 < this.limit(pressure));
  }

  /** Whether a request may start at its turn. Under pressure of the process or of the host, a webhook has one slot unless it is fast. */
  maySend(pressure: boolean): boolean {
    if (!this.wantsTurn || !this.host?.canStart() || permitDelayOf(this.buffered[0]) > 0) return false;
    if (this.inFlight === 0) return true;
    if (this.yields) return false;
    return this.mode === 'fast' || (this.mode === 'slow' && !pressure && !this.host.pressure);
  }

  /** The milliseconds that the next delivery must wait for its permit under the webhook's rate limit, or for the rate of its host. */
  delay(): number {
    return Math.max(permitDelayOf(this.buffered[0]), this.host?.delay() ?? 0);
  }

  /** Whether it waits for a turn: it has a delivery and a free slot of its own, and is not blocked. Other limits are in `maySend`. */
  get wantsTurn(): boolean {
    return !this.isBlocked && this.inFlight < this.slots && this.buffered.length > 0;
  }

  get isBlocked(): boolean {
    return this.blocks > 0;
  }

  /** Whether the limits of its host make it wait. */
  get isSaturated(): boolean {
    return this.host?.isSaturated() ?? false;
  }

  /** Whether the table may have due deliveries that this process has not leased. */
  get mayHaveMore(): boolean {
    return this.more !== 'none';
  }

  /** Whether it can be forgotten: it is empty, and was not faster than its slots. Speed and window begin again. */
  get isIdle(): boolean {
    const isEmpty = this.inFlight === 0 && this.buffered.length === 0;
    return isEmpty && !this.isBlocked && !this.mayHaveMore && Math.max(this.responses, this.responseRate) <= this.slots;
  }

  get host(): TargetHost | undefined {
    return this.target?.host;
  }

  /** The target of its deliveries. It is parsed again only for another URL or another authentication. */
  targetAt(url: string, authId: string | undefined, hosts: TargetHosts): Target {
    if (this.target?.url !== url || this.target.authId !== authId) {
      this.target = hosts.targetOf(url, this.userId, authId);
    }
    return this.target;
  }

  add(item: BufferedDelivery): void {
    this.buffered.push(item);
    this.isRecovered = item.delivery.trigger === 'recover';
    if (item.delivery.throttleCount > 0) this.mode = 'half-open';
  }

  /**
   * Takes a slot for the next delivery.
   *
   * @param now a time of `performance.now()`
   * @returns the delivery, and the deliveries before it that are too late to start
   */
  take(now: number): { next: BufferedDelivery | undefined; late: readonly BufferedDelivery[] } {
    const late = this.dropLate(now);
    const next = this.buffered.shift();
    if (next) this.inFlight += 1;
    if (next && this.buffered.length === 0 && this.more === 'suspected' && late.length === 0) {
      this.window = Math.min(this.window * 2, this.slots * MAX_GROWTH);
    }
    return { next, late };
  }

  joinDeadline(timeoutMs: number): Deadline {
    this.deadline = Deadline.join(this.deadline, timeoutMs);
    return this.deadline;
  }

  /**
   * Frees the slot of a request that has ended.
   *
   * @param outcome undefined if no request was sent
   */
  answered(outcome: AttemptOutcome | undefined): void {
    this.inFlight -= 1;
    if (!outcome) return;
    const { response, error, durationMs } = outcome;
    if (response !== null) this.responses += 1;
    if (this.mode === 'half-open' && error !== null) return;
    this.mode = response !== null && durationMs < FAST_MS ? 'fast' : 'slow';
  }

  /** Sends nothing until {@link unblock} was called as often. The caller then requests a claim. */
  block(): void {
    this.blocks += 1;
    this.more = 'none';
  }

  unblock(): void {
    this.blocks -= 1;
  }

  suspectMore(): void {
    if (this.more === 'none') this.more = 'suspected';
  }

  /** Notes that the webhook is in the due set. */
  markRequested(): void {
    this.more = 'requested';
  }

  /** Notes whether the table may have more, after a claim that named the webhook or was skipped. */
  noteMore(mayHaveMore: boolean): void {
    this.more = mayHaveMore ? 'suspected' : 'none';
  }

  /**
   * Removes the deliveries that are too late to start.
   *
   * @param now a time of `performance.now()`
   */
  dropLate(now: number): readonly BufferedDelivery[] {
    if (!this.buffered[0] || !isLate(this.buffered[0], now)) return NONE;
    const first = this.buffered.findIndex((item) => !isLate(item, now));
    const late = this.buffered.splice(0, first === -1 ? this.buffered.length : first);
    this.window = this.slots;
    this.responseRate = 0;
    return late;
  }

  /** Removes all buffered deliveries. */
  clear(): readonly BufferedDelivery[] {
    return this.buffered.splice(0);
  }

  /** Updates the response rate, once per second. */
  tick(): void {
    this.responseRate = Math.max(this.responses, Math.floor(this.responseRate * RESPONSE_RATE_MEMORY));
    this.responses = 0;
  }

  /** Whether the webhook recently answered more requests per second than a new queue may hold. */
  private get isProven(): boolean {
    return this.mode === 'fast' && this.responseRate > this.slots;
  }

  /** Whether it takes one slot at most, because its deliveries are those of a recovery and the live load is high. */
  get yields(): boolean {
    return this.isRecovered && this.isLiveLoadHigh();
  }

  private limit(pressure: boolean): number {
    return this.mode === 'half-open' || (pressure && this.mode !== 'fast') ? 1 : this.window;
  }
}

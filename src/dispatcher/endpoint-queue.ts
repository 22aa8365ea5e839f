import type { AttemptOutcome } from '../queue/attempt-outcome.js';
import type { ClaimedDelivery } from '../queue/outbox.js';
import type { Source } from './capacity.js';
import { Deadline } from './deadline.js';
import type { TargetHost } from './target-host.js';
import type { TargetHosts } from './target-hosts.js';
import type { Target } from './target.js';

/** Properties of all deliveries that arrived through one lease. */
export interface Arrival {
  readonly source: Source;
  /** The database's time, in milliseconds since 1970. */
  readonly clock: () => number;
  /** By `performance.now()`. An attempt that starts later might outlive its lease. */
  readonly sendBefore: number;
}

/** A leased delivery that waits for a slot. */
export interface BufferedDelivery {
  readonly delivery: ClaimedDelivery;
  readonly target: Target;
  readonly arrival: Arrival;
}

/** Where deliveries for a queue are looked for: among the due ones of its webhook, by a scan, or as they are stored. */
export type DemandSource = 'due' | 'scan' | 'fast-path';

/** A response within this time is fast: a tenth of the default deadline. */
const FAST_MS = 1_000;
/** The window grows up to this many times the slots. */
const MAX_GROWTH = 32;
/** The part of its rate that a queue still counts on one second later. */
const RATE_MEMORY = 0.9;

const NONE: readonly BufferedDelivery[] = [];

/**
 * One webhook's deliveries in this process: requests in flight, and leased deliveries that wait for a slot.
 *
 * Its window adapts like a congestion window: it doubles when the webhook empties the queue before the next claim fills
 * it, and falls back to the slots when a delivery waited too long. A fast webhook is claimed for in large batches; a
 * hanging one holds little more than its slots. `docs/dispatch.md` draws the states.
 *
 * Invariants: only the queue writes its fields. Its requests in flight never exceed its slots; one is free when its
 * request is answered. After a pause one request at a time is in flight until one succeeds.
 */
export class EndpointQueue {
  /** In the order of arrival. Written by `add`, `take`, `dropLate` and `clear`; read by all queries. */
  private buffered: BufferedDelivery[] = [];
  /** Requests not answered. Written by `take` and `answered`; read by all queries. */
  private inFlight = 0;
  /**
   * Whether the table may have more due deliveries than were leased, and whether the fetcher was asked for them. Written by
   * `suspectMore`, `requestMore`, `claimed` and `pause`; read by `mayHaveMore`, `wantsMore` and `take`.
   */
  private backlog: 'none' | 'suspected' | 'requested' = 'none';
  /** Reasons to send nothing. Written by `pause` and `resume`; read by `isPaused`. */
  private pauses = 0;
  /** The speed of the last response. Written by `add` (half-open) and `answered`; read by the limits. */
  private mode: 'slow' | 'fast' | 'half-open' = 'slow';
  /** How many deliveries it may hold. Written by `take` and `dropLate`; read by `limit`. */
  private window: number;
  /** Responses since the last tick. Written by `answered` and `tick`; read by `tick` and `isIdle`. */
  private answers = 0;
  /** Responses per second lately. Written by `tick` and `dropLate`; read by `demand` and `isIdle`. */
  private rate = 0;
  /** Of its latest delivery. Written by `targetAt`; read by `host`. */
  private target: Target | undefined;
  /** Of its latest attempt; attempts that start together share it. Written and read by `joinDeadline`. */
  private deadline: Deadline | undefined;

  /** @param slots how many requests may be in flight */
  constructor(
    readonly webhookUuid: string,
    readonly userId: string,
    private readonly slots: number,
  ) {
    this.window = slots;
  }

  /** How many more deliveries may be leased for it. */
  demand(source: DemandSource, pressure: boolean): number {
    if (this.isPaused || this.isSaturated) return 0;
    // New deliveries must not overtake those in the table.
    if (source === 'fast-path' && this.mayHaveMore) return 0;
    const limit = this.limit(pressure);
    // On the fast path a proven webhook gets one second's worth: these payloads are in memory already, and save a claim.
    const most = source === 'fast-path' && this.isProven ? Math.max(limit, this.rate) : limit;
    const free = Math.max(0, most - this.inFlight - this.buffered.length);
    // The fast path may keep a proven webhook full. Without this one its retries would never be claimed.
    return source === 'scan' && this.isProven ? Math.max(1, free) : free;
  }

  /** Whether a claim is worth its cost: more may be due, and half of the limit is free. */
  wantsMore(pressure: boolean): boolean {
    if (this.backlog !== 'suspected' || this.isPaused) return false;
    return this.demand('due', pressure) * 2 >= this.limit(pressure);
  }

  /** Whether a claim would be useless now: a new delivery could not start, and others come first. */
  canSkipClaim(pressure: boolean): boolean {
    const demand = this.demand('due', pressure);
    return demand === 0 || (this.buffered.length > 0 && demand * 2 < this.limit(pressure));
  }

  /**
   * Whether a request may start now. Under pressure, of the process or of the host, a webhook that is not known to be fast
   * gets one slot.
   */
  maySend(pressure: boolean): boolean {
    if (!this.canSend || !this.host?.canStart()) return false;
    if (this.inFlight === 0 || this.mode === 'fast') return true;
    return this.mode === 'slow' && !pressure && !this.host.pressure;
  }

  /** Whether it waits for a slot of the process. */
  get canSend(): boolean {
    return !this.isPaused && this.inFlight < this.slots && this.buffered.length > 0;
  }

  get isPaused(): boolean {
    return this.pauses > 0;
  }

  /** Whether its host's limits, not its own, make it wait. */
  get isSaturated(): boolean {
    return this.host?.isSaturated() ?? false;
  }

  /** Whether the table may have more due deliveries than this process has leased. */
  get mayHaveMore(): boolean {
    return this.backlog !== 'none';
  }

  /** Whether a new queue would be the same. */
  get isIdle(): boolean {
    const isEmpty = this.inFlight === 0 && this.buffered.length === 0;
    return isEmpty && !this.isPaused && !this.mayHaveMore && Math.max(this.answers, this.rate) <= this.slots;
  }

  get host(): TargetHost | undefined {
    return this.target?.host;
  }

  /** The target of its deliveries, made when the webhook's URL is new. */
  targetAt(url: string, hosts: TargetHosts): Target {
    if (this.target?.url !== url) this.target = hosts.targetOf(url, this.userId);
    return this.target;
  }

  add(item: BufferedDelivery): void {
    this.buffered.push(item);
    if (item.delivery.throttleCount > 0) this.mode = 'half-open';
  }

  /**
   * Starts the next delivery: a slot is taken.
   *
   * @param now by `performance.now()`
   * @returns the delivery, and those before it that are too late to start
   */
  take(now: number): { next: BufferedDelivery | undefined; late: readonly BufferedDelivery[] } {
    const late = this.dropLate(now);
    const next = this.buffered.shift();
    if (next) this.inFlight += 1;
    if (next && this.buffered.length === 0 && this.backlog === 'suspected' && late.length === 0) {
      this.window = Math.min(this.window * 2, this.slots * MAX_GROWTH);
    }
    return { next, late };
  }

  joinDeadline(timeoutMs: number): Deadline {
    this.deadline = Deadline.join(this.deadline, timeoutMs);
    return this.deadline;
  }

  /**
   * A request has ended: its slot is free.
   *
   * @param outcome undefined if nothing was sent
   */
  answered(outcome: AttemptOutcome | undefined): void {
    this.inFlight -= 1;
    if (!outcome) return;
    const { response, error, durationMs } = outcome;
    if (response !== null) this.answers += 1;
    if (this.mode === 'half-open' && error !== null) return;
    this.mode = response !== null && durationMs < FAST_MS ? 'fast' : 'slow';
  }

  /** Nothing is sent until {@link resume} was called as often. After that somebody looks for its deliveries. */
  pause(): void {
    this.pauses += 1;
    this.backlog = 'none';
  }

  resume(): void {
    this.pauses -= 1;
  }

  suspectMore(): void {
    if (this.backlog === 'none') this.backlog = 'suspected';
  }

  /** The webhook is in the due set. */
  requestMore(): void {
    this.backlog = 'requested';
  }

  /** A claim that named the webhook is back, or was not worth its cost. */
  claimed(mayHaveMore: boolean): void {
    this.backlog = mayHaveMore ? 'suspected' : 'none';
  }

  /**
   * Removes the deliveries that are too late to start.
   *
   * @param now by `performance.now()`
   */
  dropLate(now: number): readonly BufferedDelivery[] {
    if (!this.buffered[0] || this.buffered[0].arrival.sendBefore > now) return NONE;
    const first = this.buffered.findIndex(({ arrival }) => arrival.sendBefore > now);
    const late = this.buffered.splice(0, first === -1 ? this.buffered.length : first);
    this.window = this.slots;
    this.rate = 0;
    return late;
  }

  /** Removes all buffered deliveries. */
  clear(): readonly BufferedDelivery[] {
    return this.buffered.splice(0);
  }

  /** A second has passed. */
  tick(): void {
    this.rate = Math.max(this.answers, Math.floor(this.rate * RATE_MEMORY));
    this.answers = 0;
  }

  /** Whether the webhook has lately answered more requests per second than a new queue may hold. */
  private get isProven(): boolean {
    return this.mode === 'fast' && this.rate > this.slots;
  }

  private limit(pressure: boolean): number {
    return this.mode === 'half-open' || (pressure && this.mode !== 'fast') ? 1 : this.window;
  }
}

import type { AttemptOutcome } from '../queue/attempt-outcome.js';
import type { ClaimedDelivery } from '../queue/outbox.js';
import type { Deadline } from './deadline.js';
import type { TargetHost } from './target-host.js';

/** A leased delivery that waits for a slot. */
export interface WaitingDelivery {
  delivery: ClaimedDelivery;
  /** How it came to this process: by a claim, or straight from where it was stored. */
  source: 'claim' | 'intake';
  host: TargetHost;
  /** The database's time, in milliseconds since 1970. */
  clock: () => number;
  /** When it is too late to begin, by `performance.now()`: its lease could end before its attempt is recorded. */
  sendBefore: number;
}

/** An answer within this time is quick: a tenth of the default deadline. */
const QUICK_MS = 1_000;

/** A lane may hold this many times its slots of what was claimed for it. */
const MAX_GROWTH = 32;

const NONE: readonly WaitingDelivery[] = [];

/** How much of its rate a lane still counts on a second later. */
const RATE_MEMORY = 0.9;

/**
 * What this process holds of one webhook: a few requests in flight, and claimed deliveries that wait for their turn.
 * How many it may hold adapts like a congestion window: it doubles while the webhook empties the lane sooner than the
 * next claim fills it, and falls back to the slots when a delivery waited in vain. A fast webhook is so claimed for in
 * large batches, and a hanging one holds on to next to nothing.
 */
export class Lane {
  /** Requests under way. */
  inFlight = 0;
  /** Whether more may be due than the last claim had room for. */
  backlogged = false;
  /** Whether a claim was asked for that may fill it; it is not forgotten until then, nor what it has learnt. */
  expectant = false;
  /** Whether the lane stands in the queue of those that can send. */
  queued = false;
  /** Reasons to send nothing: each is a pause that the webhook asked for, or a request that can't be made yet. */
  private pauses = 0;
  /** That of its last attempt. */
  deadline: Deadline | undefined;
  private waiting: WaitingDelivery[] = [];
  /** Where its latest delivery goes. */
  host: TargetHost | undefined;
  private url = '';
  /** Whether it is to be tried with one request at a time, since it was paused and has not succeeded since. */
  private probing = false;
  /** Whether the last answer came quickly. */
  private quick = false;
  private capacity: number;
  /** How many answers came since the last second. */
  private answers = 0;
  /** How many a second it has lately brought. */
  private rate = 0;

  /** @param slots how many requests may be under way at once */
  constructor(
    readonly webhookUuid: string,
    readonly userId: string,
    private readonly slots: number,
  ) {
    this.capacity = slots;
  }

  get paused(): boolean {
    return this.pauses > 0;
  }

  /** Holds back what waits until {@link resume} is called as often. */
  pause(): void {
    this.pauses += 1;
  }

  resume(): void {
    this.pauses -= 1;
  }

  /**
   * How many more deliveries may be claimed for it.
   *
   * @param short whether most of what the process may hold at first is taken
   */
  room(short: boolean): number {
    if (this.paused || this.isHeldBack) return 0;
    return Math.max(0, this.limit(short) - this.inFlight - this.waiting.length);
  }

  /**
   * How many more deliveries it may be given as they are stored: what it sends in a second, where that is more than it
   * may be claimed for. They are in memory already, and cost no claim.
   *
   * @param short whether most of what the process may hold at first is taken
   */
  straightRoom(short: boolean): number {
    // Behind what waits in the table nobody may jump the queue.
    if (this.isBehind || this.paused || this.isHeldBack) return 0;
    return Math.max(
      0,
      Math.max(this.limit(short), this.isProven ? this.rate : 0) - this.inFlight - this.waiting.length,
    );
  }

  /**
   * How many more a tour over all webhooks may claim for it: one at least where new deliveries may keep it full, or its
   * retries would never be looked for.
   *
   * @param short whether most of what the process may hold at first is taken
   */
  tourRoom(short: boolean): number {
    if (this.paused || this.isHeldBack) return 0;
    return Math.max(this.isProven ? 1 : 0, this.room(short));
  }

  /** Whether it has lately sent more than a new lane may hold. */
  private get isProven(): boolean {
    return this.quick && !this.probing && this.rate > this.slots;
  }

  /** A second has passed. */
  tick(): void {
    this.rate = Math.max(this.answers, Math.floor(this.rate * RATE_MEMORY));
    this.answers = 0;
  }

  private limit(short: boolean): number {
    return this.probing || (short && !this.quick) ? 1 : this.capacity;
  }

  /**
   * Whether it may begin a request now. A webhook that has not shown that it answers quickly may use half of the slots
   * like any other; of the other half it gets one. So however many hang, quick ones find slots, and slow ones are slowed
   * down only when slots are short. The same holds for the slots of its host.
   *
   * @param short whether more than half of the slots are taken
   */
  maySend(short: boolean): boolean {
    if (!this.canSend || !this.host?.hasRoom()) return false;
    return this.inFlight === 0 || (!this.probing && (this.quick || !(short || this.host.isCrowded)));
  }

  noteAnswer({ response, error, durationMs }: AttemptOutcome): void {
    this.quick = response !== null && durationMs < QUICK_MS;
    if (response !== null) this.answers += 1;
    if (error === null) this.probing = false;
  }

  get canSend(): boolean {
    return !this.paused && this.inFlight < this.slots && this.waiting.length > 0;
  }

  /** Whether more may be due than this process holds. */
  get isBehind(): boolean {
    return this.backlogged || this.expectant;
  }

  /** Whether there is nothing to remember of it, and nothing it has learnt. */
  get isIdle(): boolean {
    const isEmpty = this.inFlight === 0 && this.waiting.length === 0;
    return isEmpty && !this.paused && !this.isBehind && Math.max(this.answers, this.rate) <= this.slots;
  }

  /** Whether a claim is worth its cost: more is due, and half of the lane is free. */
  wantsMore(short: boolean): boolean {
    return this.backlogged && !this.paused && this.room(short) * 2 >= this.limit(short);
  }

  /** Whether a new delivery could not begin at once, and others come first for which no claim is needed. */
  isBusy(short: boolean): boolean {
    const room = this.room(short);
    return room === 0 || (this.waiting.length > 0 && room * 2 < this.limit(short));
  }

  /** The claim that it may have asked for did not come: it asks again when it has room. */
  missClaim(): void {
    this.expectant = false;
    this.backlogged = true;
  }

  add(held: WaitingDelivery): void {
    this.waiting.push(held);
    if (held.delivery.throttleCount > 0) this.probing = true;
  }

  /**
   * Says where its deliveries go from now on.
   *
   * @param find the host of a URL that is new to the lane
   */
  leadTo(url: string, find: (url: string) => TargetHost): TargetHost {
    if (this.host && this.url === url) return this.host;
    this.url = url;
    this.host = find(url);
    return this.host;
  }

  /** Whether the limits of its host, not its own, make it wait. */
  get isHeldBack(): boolean {
    return this.host?.isHeldBack() ?? false;
  }

  /**
   * The next delivery to send, and those whose time to begin is over.
   *
   * @param now by `performance.now()`
   */
  take(now: number): { next: WaitingDelivery | undefined; late: readonly WaitingDelivery[] } {
    const late = this.dropLate(now);
    const next = this.waiting.shift();
    if (next && this.waiting.length === 0 && this.backlogged && late.length === 0) {
      this.capacity = Math.min(this.capacity * 2, this.slots * MAX_GROWTH);
    }
    return { next, late };
  }

  /**
   * Gives back what it is too late to send.
   *
   * @param now by `performance.now()`
   */
  dropLate(now: number): readonly WaitingDelivery[] {
    if (!this.waiting[0] || this.waiting[0].sendBefore > now) return NONE;
    const first = this.waiting.findIndex(({ sendBefore }) => sendBefore > now);
    const late = this.waiting.splice(0, first === -1 ? this.waiting.length : first);
    this.capacity = this.slots;
    this.rate = 0;
    return late;
  }

  /** Empties the lane of what waits, and gives it back. */
  clear(): WaitingDelivery[] {
    return this.waiting.splice(0);
  }
}

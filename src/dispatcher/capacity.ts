import type { LeasedDelivery } from '../queue/outbox.types.js';

/** The source of a leased delivery: a claim, or the fast path, which leases deliveries when they are stored. */
export type LeaseSource = 'claim' | 'fast-path';

/** Events that are being stored under a reservation. */
export interface ReservedLoad {
  /** The sum of their payloads. */
  readonly bytes: number;
  /** The number of events of each user. */
  readonly events: ReadonlyMap<string, number>;
}

/** Memory of a delivery besides its payload, in bytes. */
const DELIVERY_BYTES = 512;
/** The limit of buffered bytes of each source. Claimed deliveries never take the share of the fast path. */
const MAX_BUFFERED_BYTES = 16 * 1_048_576;

/**
 * The definition of pressure: half of a limit is taken. Under pressure a webhook gets one slot until it answers fast. Fast
 * webhooks therefore find free slots next to any number of hanging webhooks.
 */
export function isUnderPressure(taken: number, limit: number): boolean {
  return taken * 2 >= limit;
}

/**
 * Every count of the process: attempts that are not settled, buffered deliveries by source, reservations.
 *
 * Invariants: no other part counts for the process. Unsettled attempts ≤ slots. Buffered claims ≤ 2 × slots. A claim is made only for
 * free slots and bytes. A reservation is made only if the buffered and reserved bytes of the fast path stay within their
 * limit. All counts are zero when nothing is leased. A slot is free when its attempt is settled.
 */
export class Capacity {
  /** Attempts that are not settled yet. Written by `start` and `end`; read by the limits below and the metrics. */
  private unsettled = 0;
  /** Leased deliveries that have not started. Written by `buffer` and `unbuffer`; read by the limits below and the metrics. */
  private readonly buffered = { claim: { count: 0, bytes: 0 }, 'fast-path': { count: 0, bytes: 0 } };
  /** Events that are being stored. Written by `reserve` and `unreserve`; read by the limits below and `reservedFor`. */
  private readonly reserved = new Set<ReservedLoad>();
  /** Written by `open`, `suspend`, `resume` and `close`; read by the limits below. Nothing starts unless it is `open`. */
  private state: 'closed' | 'open' | 'suspended' = 'closed';

  /** @param slots the maximum number of attempts that are not settled */
  constructor(private readonly slots: number) {}

  get unsettledAttempts(): number {
    return this.unsettled;
  }

  /** The number of buffered deliveries from a source. */
  bufferedFrom(source: LeaseSource): number {
    return this.buffered[source].count;
  }

  /** Whether half of the slots are taken. */
  get sendPressure(): boolean {
    return isUnderPressure(this.unsettled, this.slots);
  }

  /** Whether attempts and claimed deliveries together take half of the slots. */
  get leasePressure(): boolean {
    return isUnderPressure(this.taken, this.slots);
  }

  get canStart(): boolean {
    return this.state === 'open' && this.unsettled < this.slots;
  }

  /**
   * The number of deliveries to claim. It is 0 when too few are free for a claim to be worth its cost. Without pressure, as
   * many deliveries as slots may be leased. Under pressure, the limit is twice the slots. Slow webhooks then have one slot each, and
   * their buffered deliveries count here. With 256 slots, 200 hanging attempts and 50 buffered deliveries would leave 6 to claim. Fast
   * webhooks can use the other 56 slots only if their deliveries can be claimed now.
   */
  get claimable(): number {
    const most = this.leasePressure ? this.slots * 2 : this.slots;
    const free = most - this.taken;
    const isWorthIt = free >= Math.max(1, this.slots / 4);
    return this.state === 'open' && isWorthIt && this.claimableBytes > 0 ? free : 0;
  }

  get claimableBytes(): number {
    return MAX_BUFFERED_BYTES - this.buffered.claim.bytes;
  }

  /** The number of slots that can be reserved for webhooks without a queue. */
  get reservableSlots(): number {
    return this.leasePressure ? 0 : this.slots - this.taken;
  }

  canReserve({ bytes }: ReservedLoad): boolean {
    let total = this.buffered['fast-path'].bytes + bytes;
    for (const load of this.reserved) total += load.bytes;
    return this.state === 'open' && total <= MAX_BUFFERED_BYTES;
  }

  /** The number of a user's events that are being stored under reservations. */
  reservedFor(userId: string): number {
    let sum = 0;
    for (const { events } of this.reserved) sum += events.get(userId) ?? 0;
    return sum;
  }

  reserve(load: ReservedLoad): void {
    this.reserved.add(load);
  }

  unreserve(load: ReservedLoad): void {
    this.reserved.delete(load);
  }

  buffer(source: LeaseSource, delivery: Pick<LeasedDelivery, 'payload'>): void {
    this.buffered[source].count += 1;
    this.buffered[source].bytes += delivery.payload.length + DELIVERY_BYTES;
  }

  unbuffer(source: LeaseSource, delivery: Pick<LeasedDelivery, 'payload'>): void {
    this.buffered[source].count -= 1;
    this.buffered[source].bytes -= delivery.payload.length + DELIVERY_BYTES;
  }

  start(): void {
    this.unsettled += 1;
  }

  end(): void {
    this.unsettled -= 1;
  }

  open(): void {
    this.state = 'open';
  }

  /**
   * Starts no attempt until {@link resume}: this machine is out of file descriptors, buffers or memory.
   *
   * @returns whether it was open
   */
  suspend(): boolean {
    if (this.state !== 'open') return false;
    this.state = 'suspended';
    return true;
  }

  resume(): void {
    if (this.state === 'suspended') this.state = 'open';
  }

  /** Claims, reserves and starts nothing from now on. */
  close(): void {
    this.state = 'closed';
  }

  private get taken(): number {
    return this.unsettled + this.buffered.claim.count;
  }
}

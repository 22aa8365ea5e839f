import type { ClaimedDelivery } from '../queue/outbox.js';

/** How deliveries come to this process: claimed, or leased to it as they are stored (the fast path). */
export type Source = 'claim' | 'fast-path';

/** Events that are being stored under a reservation. */
export interface ReservedLoad {
  /** Of their payloads. */
  readonly bytes: number;
  /** How many events of each user. */
  readonly events: ReadonlyMap<string, number>;
}

/** Memory of a delivery besides its payload, in bytes. */
const DELIVERY_BYTES = 512;
/** How many bytes of each source may be buffered. A backlog of claims leaves the share of the fast path free. */
const MAX_BUFFERED_BYTES = 16 * 1_048_576;

/**
 * The one definition of pressure: half of a limit is taken. Under pressure a webhook gets one slot until it has shown that
 * it answers fast. Any number of hanging webhooks therefore leaves slots to fast ones.
 */
export function isUnderPressure(taken: number, limit: number): boolean {
  return taken * 2 >= limit;
}

/**
 * Every count of the process: attempts in flight, buffered deliveries by source, reservations.
 *
 * Invariants: nothing else counts for the process. In flight ≤ slots. Buffered claims ≤ 2 × slots, and a claim is made only
 * for slots and bytes that are free. A reservation is made only if buffered + reserved bytes of the fast path stay
 * within their limit. All counts are zero when nothing is leased. A slot is free when its attempt is recorded.
 */
export class Capacity {
  /** Attempts started and not recorded. Written by `start` and `end`; read by the limits below and the metrics. */
  private started = 0;
  /** Leased and not started. Written by `buffer` and `unbuffer`; read by the limits below. */
  private readonly buffered = { claim: { count: 0, bytes: 0 }, 'fast-path': { count: 0, bytes: 0 } };
  /** Events that are being stored. Written by `reserve` and `unreserve`; read by the limits below and `reservedFor`. */
  private readonly reserved = new Set<ReservedLoad>();
  /** Written by `open`, `pause`, `resume` and `close`; read by the limits below. Nothing starts unless it is `open`. */
  private state: 'closed' | 'open' | 'paused' = 'closed';

  /** @param slots how many attempts may be in flight */
  constructor(private readonly slots: number) {}

  get inFlight(): number {
    return this.started;
  }

  /** Whether half of the slots are taken. */
  get sendPressure(): boolean {
    return isUnderPressure(this.started, this.slots);
  }

  /** Whether half of the slots are taken or have a claimed delivery waiting for them. */
  get leasePressure(): boolean {
    return isUnderPressure(this.held, this.slots);
  }

  get canStart(): boolean {
    return this.state === 'open' && this.started < this.slots;
  }

  /**
   * How many deliveries to claim; 0 while there is room for so few that a claim is not worth its cost. Without pressure as
   * many may be held as there are slots. Under pressure as many again may wait: of fast webhooks, and one of each other.
   */
  get claimable(): number {
    const most = this.leasePressure ? this.slots * 2 : this.slots;
    const free = most - this.held;
    const isWorthIt = free >= Math.max(1, this.slots / 4);
    return this.state === 'open' && isWorthIt && this.claimableBytes > 0 ? free : 0;
  }

  get claimableBytes(): number {
    return MAX_BUFFERED_BYTES - this.buffered.claim.bytes;
  }

  /** How many slots are left to reserve for webhooks of which nothing is known. */
  get reservableSlots(): number {
    return this.leasePressure ? 0 : this.slots - this.held;
  }

  canReserve({ bytes }: ReservedLoad): boolean {
    let total = this.buffered['fast-path'].bytes + bytes;
    for (const load of this.reserved) total += load.bytes;
    return this.state === 'open' && total <= MAX_BUFFERED_BYTES;
  }

  /** How many events of a user are being stored under reservations. */
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

  buffer(source: Source, delivery: Pick<ClaimedDelivery, 'payload'>): void {
    this.buffered[source].count += 1;
    this.buffered[source].bytes += delivery.payload.length + DELIVERY_BYTES;
  }

  unbuffer(source: Source, delivery: Pick<ClaimedDelivery, 'payload'>): void {
    this.buffered[source].count -= 1;
    this.buffered[source].bytes -= delivery.payload.length + DELIVERY_BYTES;
  }

  start(): void {
    this.started += 1;
  }

  end(): void {
    this.started -= 1;
  }

  open(): void {
    this.state = 'open';
  }

  /**
   * Nothing starts until {@link resume}: this machine is out of file descriptors or the like.
   *
   * @returns whether it was open
   */
  pause(): boolean {
    if (this.state !== 'open') return false;
    this.state = 'paused';
    return true;
  }

  resume(): void {
    if (this.state === 'paused') this.state = 'open';
  }

  /** Nothing is claimed, reserved or started any more. */
  close(): void {
    this.state = 'closed';
  }

  private get held(): number {
    return this.started + this.buffered.claim.count;
  }
}

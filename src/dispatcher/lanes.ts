import type { ClaimedDelivery } from '../queue/outbox.js';
import { Lane, type WaitingDelivery } from './lane.js';
import type { TargetHosts } from './target-hosts.js';

/** How long it is remembered that a webhook has changed: longer than a claim that began before can take. */
const CHANGE_MEMORY_MS = 60_000;

/** What a delivery takes of memory beside its payload, in bytes. */
const DELIVERY_BYTES = 512;

/** What {@link Lanes.hold} did not take. */
interface NotHeld {
  /** Their hosts have no room for more. Their lanes ask for them again. */
  heldBack: ClaimedDelivery[];
  /** Claimed before their webhooks changed. */
  stale: ClaimedDelivery[];
}

/** What this process holds, webhook by webhook; they take turns. All times are by `performance.now()`. */
export class Lanes {
  /** How many deliveries wait in all lanes, and what they take of memory, by how they came. */
  readonly waiting = { claim: { count: 0, bytes: 0 }, intake: { count: 0, bytes: 0 } };
  private readonly lanes = new Map<string, Lane>();
  /** The lanes that can send, in the order of their turns. */
  private readonly turns: Lane[] = [];
  /**
   * When webhooks were changed, paused or deleted: what a claim brings that began before has their old address or secret,
   * or is not to be sent at all.
   */
  private readonly changes = new Map<string, number>();
  private anyChange = 0;

  /** @param slots requests under way at once, of each webhook */
  constructor(
    private readonly hosts: TargetHosts,
    private readonly slots: number,
  ) {}

  get(webhookUuid: string): Lane | undefined {
    return this.lanes.get(webhookUuid);
  }

  all(): Lane[] {
    return [...this.lanes.values()];
  }

  /**
   * Takes what was leased to this process.
   *
   * @param source how it came
   * @param clock the database's time, in milliseconds since 1970
   * @param begun when it began to be claimed
   * @param sendBefore when it is too late to begin
   */
  hold(
    deliveries: readonly ClaimedDelivery[],
    { source, clock, begun, sendBefore }: Omit<WaitingDelivery, 'delivery' | 'host'> & { begun: number },
  ): NotHeld {
    const notHeld: NotHeld = { heldBack: [], stale: [] };
    for (const delivery of deliveries) {
      const { webhookUuid, userId, url } = delivery;
      if (begun < Math.max(this.anyChange, this.changes.get(webhookUuid) ?? 0)) {
        notHeld.stale.push(delivery);
        continue;
      }
      let lane = this.lanes.get(webhookUuid);
      if (!lane) {
        lane = new Lane(webhookUuid, userId, this.slots);
        this.lanes.set(webhookUuid, lane);
      }
      const host = lane.leadTo(url, (unknown) => this.hosts.of(unknown));
      if (host.isHeldBack()) {
        lane.backlogged = true;
        notHeld.heldBack.push(delivery);
        continue;
      }
      const held: WaitingDelivery = { delivery, source, host, clock, sendBefore };
      lane.add(held);
      this.count(held, 1);
      this.queueTurn(lane);
    }
    return notHeld;
  }

  /** Lets the lane stand in line for a slot, if it has anything to send. */
  queueTurn(lane: Lane): void {
    if (lane.queued || !lane.canSend) return;
    lane.queued = true;
    this.turns.push(lane);
  }

  /**
   * Has deliveries begun, one of each lane in turn, as long as there are slots.
   *
   * @param free `none`, `few` (fewer than half) or `many` slots are free; asked before each
   * @returns what it is too late to begin, and after how many milliseconds a host has room again by time alone
   */
  takeTurns(
    free: () => 'none' | 'few' | 'many',
    begin: (lane: Lane, held: WaitingDelivery) => void,
  ): { late: ClaimedDelivery[]; again: number | undefined } {
    const late: ClaimedDelivery[] = [];
    const passedOver: Lane[] = [];
    for (let left = free(); left !== 'none'; left = free()) {
      const lane = this.turns.shift();
      if (!lane) break;
      lane.queued = false;
      if (!lane.maySend(left === 'few')) {
        passedOver.push(lane);
        continue;
      }
      const taken = lane.take(performance.now());
      late.push(...this.drop(taken.late));
      if (taken.next) {
        this.drop([taken.next]);
        begin(lane, taken.next);
      }
      this.queueTurn(lane);
    }
    for (const lane of passedOver) this.queueTurn(lane);
    const delays = passedOver.flatMap(({ host }) => host?.delay() || []);
    return { late, again: delays.length > 0 ? Math.min(...delays) : undefined };
  }

  /**
   * Notes that a webhook has changed.
   *
   * @param webhookUuid empty when any may have
   * @returns what waited for it
   */
  change(webhookUuid: string): ClaimedDelivery[] {
    if (webhookUuid === '') this.anyChange = performance.now();
    else this.changes.set(webhookUuid, performance.now());
    const lanes = webhookUuid === '' ? this.all() : [this.lanes.get(webhookUuid) ?? []].flat();
    return lanes.flatMap((lane) => this.drop(lane.clear()));
  }

  /** @returns what waited, of all lanes */
  clear(): ClaimedDelivery[] {
    return this.all().flatMap((lane) => this.drop(lane.clear()));
  }

  /** @returns what has waited in vain, behind attempts that hang */
  dropLate(): ClaimedDelivery[] {
    return this.all().flatMap((lane) => this.drop(lane.dropLate(performance.now())));
  }

  /**
   * Forgets the lane when there is nothing to remember of it. An attempt that is being recorded may speak of one that is
   * forgotten already, while its webhook has another by now.
   */
  forgetIdle(lane: Lane): void {
    if (lane.isIdle && this.lanes.get(lane.webhookUuid) === lane) this.lanes.delete(lane.webhookUuid);
  }

  /** Once a second: forgets lanes that have nothing to do, hosts that none leads to, and changes that no claim can have missed. */
  tick(): void {
    for (const lane of this.lanes.values()) {
      lane.tick();
      this.forgetIdle(lane);
    }
    const old = performance.now() - CHANGE_MEMORY_MS;
    for (const [webhookUuid, at] of this.changes) if (at < old) this.changes.delete(webhookUuid);
    this.hosts.keep(this.all().flatMap(({ host }) => host ?? []));
  }

  private drop(dropped: readonly WaitingDelivery[]): ClaimedDelivery[] {
    for (const held of dropped) this.count(held, -1);
    return dropped.map(({ delivery }) => delivery);
  }

  private count({ delivery, source, host }: WaitingDelivery, change: 1 | -1): void {
    const waiting = this.waiting[source];
    waiting.count += change;
    waiting.bytes += change * (delivery.payload.length + DELIVERY_BYTES);
    // What came straight to work is no reason to claim less for others of the same host.
    if (source === 'claim') host.waiting += change;
  }
}

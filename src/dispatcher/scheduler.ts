import type { AttemptRates } from '../queue/attempt-rates.js';
import type { LeasedDelivery } from '../queue/outbox.types.js';
import type { Capacity } from './capacity.js';
import type { Arrival, BufferedDelivery } from './buffered-delivery.js';
import { EndpointQueue } from './endpoint-queue.js';
import type { TargetHosts } from './target-hosts.js';

/** A queue's turn. */
export interface Turn {
  readonly queue: EndpointQueue;
  /** Its next delivery, which has a slot now. */
  readonly next: BufferedDelivery | undefined;
  /** Deliveries before it that are too late to start. The caller must release them. */
  readonly late: readonly LeasedDelivery[];
}

/**
 * The endpoint queues of this process. They take turns for the slots, one delivery per turn: a webhook with many deliveries, or a
 * hanging one, holds only its own slots.
 *
 * Invariants: a queue that wants a turn is among the turns. Each buffered delivery is counted once in Capacity, until it is taken or
 * removed. A claimed delivery is counted at its host, too.
 */
export class Scheduler {
  /** The queues by the uuid of the webhook. Written by `buffer` and `forgetIdle`; read by all methods. */
  private readonly queues = new Map<string, EndpointQueue>();
  /**
   * The queues that wait for a turn, in their order. Written by `enter`, `next` and the removals; read by `next` and
   * `nextDelay`.
   */
  private readonly turns = new Set<EndpointQueue>();

  /**
   * @param slots the maximum number of requests in flight to each webhook
   * @param rates tell whether the live load is high: deliveries of recoveries then yield
   */
  constructor(
    private readonly capacity: Capacity,
    private readonly hosts: TargetHosts,
    private readonly slots: number,
    private readonly rates: Pick<AttemptRates, 'isLiveLoadHigh' | 'takeRecoveryTurn'>,
  ) {}

  get(webhookUuid: string): EndpointQueue | undefined {
    return this.queues.get(webhookUuid);
  }

  all(): Iterable<EndpointQueue> {
    return this.queues.values();
  }

  /**
   * Buffers a leased delivery.
   *
   * @returns false if its host is saturated. Its queue then has `mayHaveMore`
   */
  buffer(delivery: LeasedDelivery, arrival: Arrival): boolean {
    const { webhookUuid, userId, url, auth } = delivery;
    let queue = this.queues.get(webhookUuid);
    if (!queue) {
      queue = new EndpointQueue(webhookUuid, userId, this.slots, () => this.rates.isLiveLoadHigh);
      this.queues.set(webhookUuid, queue);
    }
    const target = queue.targetAt(url, auth?.id, this.hosts);
    if (target.host.isSaturated()) {
      queue.suspectMore();
      return false;
    }
    queue.add({ delivery, target, arrival });
    this.capacity.buffer(arrival.source, delivery);
    // Deliveries of the fast path must not reduce the claims for other webhooks of the same host.
    if (arrival.source === 'claim') target.host.buffer();
    this.enter(queue);
    return true;
  }

  /** Adds a queue to the turns if it wants one. */
  enter(queue: EndpointQueue): void {
    if (queue.wantsTurn) this.turns.add(queue);
  }

  /** The next turn; it takes a slot. A queue that may not send now is skipped, and waits for another turn. */
  next(): Turn | undefined {
    if (!this.capacity.canStart) return undefined;
    const pressure = this.capacity.sendPressure;
    for (let left = this.turns.size; left > 0; left -= 1) {
      const [queue] = this.turns;
      if (!queue) break;
      this.turns.delete(queue);
      if (queue.maySend(pressure) && (!queue.yields || this.rates.takeRecoveryTurn())) {
        const { next, late } = queue.take(performance.now());
        this.enter(queue);
        if (next) this.start(next);
        return { queue, next, late: this.remove(late) };
      }
      this.enter(queue);
    }
    return undefined;
  }

  /** The milliseconds until a waiting queue may send by time alone, because its rate limit or the rate of its host makes it wait. */
  nextDelay(): number | undefined {
    if (!this.capacity.canStart) return undefined;
    let least: number | undefined;
    for (const queue of this.turns) {
      const delay = queue.delay();
      if (delay > 0) least = Math.min(delay, least ?? delay);
    }
    return least;
  }

  /**
   * Removes the buffered deliveries of a webhook.
   *
   * @param webhookUuid empty for all webhooks
   */
  clear(webhookUuid = ''): LeasedDelivery[] {
    const queues = webhookUuid === '' ? [...this.all()] : [this.get(webhookUuid) ?? []].flat();
    for (const queue of queues) this.turns.delete(queue);
    return queues.flatMap((queue) => this.remove(queue.clear()));
  }

  /** Removes the deliveries that waited too long for a slot. */
  dropLate(): LeasedDelivery[] {
    const now = performance.now();
    return [...this.all()].flatMap((queue) => {
      const late = this.remove(queue.dropLate(now));
      if (!queue.wantsTurn) this.turns.delete(queue);
      return late;
    });
  }

  /**
   * Forgets an idle queue. An attempt that ends late may hold a queue that was replaced: a queue is deleted only if it is still the
   * current one.
   */
  forgetIdle(queue: EndpointQueue): void {
    if (!queue.isIdle) return;
    this.turns.delete(queue);
    if (this.queues.get(queue.webhookUuid) === queue) this.queues.delete(queue.webhookUuid);
  }

  /** Updates the queues and forgets the idle ones, once per second. */
  tick(): void {
    for (const queue of this.queues.values()) {
      queue.tick();
      this.forgetIdle(queue);
    }
    this.hosts.keep(new Set([...this.all()].flatMap(({ host }) => host ?? [])));
  }

  private start(next: BufferedDelivery): void {
    this.remove([next]);
    this.capacity.start();
    next.target.host.start();
  }

  private remove(removed: readonly BufferedDelivery[]): LeasedDelivery[] {
    return removed.map(({ delivery, target, arrival: { source } }) => {
      this.capacity.unbuffer(source, delivery);
      if (source === 'claim') target.host.unbuffer();
      return delivery;
    });
  }
}

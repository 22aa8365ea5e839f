import type { ClaimedDelivery } from '../queue/outbox.js';
import type { Capacity } from './capacity.js';
import { EndpointQueue, type Arrival, type BufferedDelivery } from './endpoint-queue.js';
import type { TargetHosts } from './target-hosts.js';

/** A queue's turn. */
export interface Turn {
  readonly queue: EndpointQueue;
  /** Its next delivery, which has a slot now. */
  readonly next: BufferedDelivery | undefined;
  /** Deliveries before it that are too late to start; they must be released. */
  readonly late: readonly ClaimedDelivery[];
}

/**
 * The queues of all webhooks of which this process holds anything. They take turns for the slots, one delivery a turn: a
 * busy or hanging webhook only holds its own slots.
 *
 * Invariants: a queue that can send stands in line. Each buffered delivery is counted once, in Capacity and, if claimed, at
 * its host, until it is taken or removed.
 */
export class Scheduler {
  /** By the webhook's uuid. Written by `buffer` and `forgetIdle`; read by all. */
  private readonly queues = new Map<string, EndpointQueue>();
  /**
   * The queues in line, in the order of their turns. Written by `enter`, `next` and
   * the removals; read by `next` and `nextDelay`.
   */
  private readonly turns = new Set<EndpointQueue>();

  /** @param slots how many requests may be in flight to each webhook */
  constructor(
    private readonly capacity: Capacity,
    private readonly hosts: TargetHosts,
    private readonly slots: number,
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
   * @returns false if its host is saturated; its queue says then that it may have more
   */
  buffer(delivery: ClaimedDelivery, arrival: Arrival): boolean {
    const { webhookUuid, userId, url } = delivery;
    let queue = this.queues.get(webhookUuid);
    if (!queue) {
      queue = new EndpointQueue(webhookUuid, userId, this.slots);
      this.queues.set(webhookUuid, queue);
    }
    const target = queue.targetAt(url, this.hosts);
    if (target.host.isSaturated()) {
      queue.suspectMore();
      return false;
    }
    queue.add({ delivery, target, arrival });
    this.capacity.buffer(arrival.source, delivery);
    // The fast path is no reason to claim less for other webhooks of the same host.
    if (arrival.source === 'claim') target.host.buffer();
    this.enter(queue);
    return true;
  }

  /** Lets a queue stand in line if it can send. */
  enter(queue: EndpointQueue): void {
    if (queue.canSend) this.turns.add(queue);
  }

  /** The next turn, for which a slot is taken. Queues that may not send now are passed over, and keep standing in line. */
  next(): Turn | undefined {
    if (!this.capacity.canStart) return undefined;
    const pressure = this.capacity.sendPressure;
    for (let left = this.turns.size; left > 0; left -= 1) {
      const [queue] = this.turns;
      if (!queue) break;
      this.turns.delete(queue);
      if (queue.maySend(pressure)) {
        const { next, late } = queue.take(performance.now());
        this.enter(queue);
        if (next) this.start(next);
        return { queue, next, late: this.remove(late) };
      }
      this.enter(queue);
    }
    return undefined;
  }

  /** In how many milliseconds a queue in line may send by time alone: a host's rate makes it wait. */
  nextDelay(): number | undefined {
    if (!this.capacity.canStart) return undefined;
    let least: number | undefined;
    for (const { host } of this.turns) {
      const delay = host?.delay() ?? 0;
      if (delay > 0) least = Math.min(delay, least ?? delay);
    }
    return least;
  }

  /**
   * Removes the buffered deliveries of a webhook.
   *
   * @param webhookUuid empty for all webhooks
   */
  clear(webhookUuid = ''): ClaimedDelivery[] {
    const queues = webhookUuid === '' ? [...this.all()] : [this.get(webhookUuid) ?? []].flat();
    for (const queue of queues) this.turns.delete(queue);
    return queues.flatMap((queue) => this.remove(queue.clear()));
  }

  /** Removes the deliveries that waited too long, after attempts that hang. */
  dropLate(): ClaimedDelivery[] {
    const now = performance.now();
    return [...this.all()].flatMap((queue) => {
      const late = this.remove(queue.dropLate(now));
      if (!queue.canSend) this.turns.delete(queue);
      return late;
    });
  }

  /**
   * Forgets a queue that is idle. A late attempt may hold a queue that was replaced; it is deleted only if it is still the
   * current one.
   */
  forgetIdle(queue: EndpointQueue): void {
    if (!queue.isIdle) return;
    this.turns.delete(queue);
    if (this.queues.get(queue.webhookUuid) === queue) this.queues.delete(queue.webhookUuid);
  }

  /** Once per second. */
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

  private remove(removed: readonly BufferedDelivery[]): ClaimedDelivery[] {
    return removed.map(({ delivery, target, arrival: { source } }) => {
      this.capacity.unbuffer(source, delivery);
      if (source === 'claim') target.host.unbuffer();
      return delivery;
    });
  }
}

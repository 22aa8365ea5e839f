import type { Reservation, Reserver } from '../queue/fast-path.js';
import type { LeaseRequest, NewEvent } from '../queue/outbox.types.js';
import type { Capacity, ReservedLoad } from './capacity.js';
import type { Executor } from './executor.js';
import type { Fetcher } from './fetcher.js';
import type { OpenLeases } from './open-leases.js';
import type { Scheduler } from './scheduler.js';

/** The parts of dispatch that reservations use. */
export interface ReservationsParts {
  readonly scheduler: Scheduler;
  readonly fetcher: Fetcher;
  readonly executor: Executor;
  readonly capacity: Capacity;
  readonly leases: OpenLeases;
  readonly slotsPerWebhook: number;
}

/**
 * The fast path: reserves capacity for deliveries before they are stored, and buffers the leased deliveries. A fast webhook
 * may get the deliveries of one second. Another webhook gets only its free slots.
 *
 * Invariants: capacity is reserved from `reserve` to `end`. The deliveries arrive through an open lease.
 */
export class Reservations implements Reserver {
  constructor(private readonly parts: ReservationsParts) {}

  reserve(events: readonly NewEvent[]): Reservation | undefined {
    const { capacity, leases, fetcher, executor } = this.parts;
    const load = loadOf(events);
    if (!capacity.canReserve(load)) return undefined;
    const demand = this.demandFor(load);
    if (!demand) return undefined;
    capacity.reserve(load);
    const lease = leases.open();
    const { leaseToken, leaseMs } = lease;
    return {
      lease: { ...demand, leaseToken, leaseMs },
      end: (leased) => {
        capacity.unreserve(load);
        fetcher.receive(lease, leased, 'fast-path');
        executor.run();
      },
    };
  }

  /** @returns undefined if no webhook has demand */
  private demandFor({ events }: ReservedLoad): Pick<LeaseRequest, 'demand' | 'defaultDemand'> | undefined {
    const { scheduler, capacity, slotsPerWebhook } = this.parts;
    const { leasePressure } = capacity;
    // Webhooks without a queue share the free slots, as if each user had one such webhook.
    const defaultDemand = Math.min(slotsPerWebhook, Math.floor(capacity.reservableSlots / events.size));
    let most = defaultDemand;
    const demand = new Map<string, number>();
    for (const queue of scheduler.all()) {
      if (!events.has(queue.userId)) continue;
      // An event has at most one delivery to each webhook. Each reserved event of the user may therefore take one place of this queue.
      const free = queue.demand('fast-path', leasePressure) - capacity.reservedFor(queue.userId);
      demand.set(queue.webhookUuid, Math.max(0, free));
      most = Math.max(most, free);
    }
    return most > 0 ? { demand, defaultDemand } : undefined;
  }
}

function loadOf(events: readonly NewEvent[]): ReservedLoad {
  const ofUsers = new Map<string, number>();
  let bytes = 0;
  for (const { userId, payload } of events) {
    bytes += payload.length;
    ofUsers.set(userId, (ofUsers.get(userId) ?? 0) + 1);
  }
  return { bytes, events: ofUsers };
}

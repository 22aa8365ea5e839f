import type { ClaimedDelivery } from '../queue/outbox.js';
import type { Source } from './capacity.js';
import type { Target } from './target.js';

/** The properties that all deliveries of one lease share. */
export interface Arrival {
  readonly source: Source;
  /** The database's time, in milliseconds since 1970. */
  readonly clock: () => number;
  /** A time of `performance.now()`. An attempt that starts later may end after its lease. */
  readonly sendBefore: number;
}

/** A leased delivery that waits for a slot. */
export interface BufferedDelivery {
  readonly delivery: ClaimedDelivery;
  readonly target: Target;
  readonly arrival: Arrival;
}

/** The milliseconds until the slot of a delivery under the rate limit of its webhook. Not positive: it may be sent. */
export function slotDelayOf(item: BufferedDelivery | undefined): number {
  const slot = item?.delivery.slot;
  return slot ? slot.from - item.arrival.clock() : 0;
}

/**
 * Whether a delivery is too late to start: its attempt could end after its lease, or its slot is over.
 *
 * @param now a time of `performance.now()`
 */
export function isLate({ delivery: { slot }, arrival }: BufferedDelivery, now: number): boolean {
  return arrival.sendBefore <= now || (slot !== null && slot.to <= arrival.clock());
}

import type { LeasedDelivery } from '../queue/outbox.types.js';
import type { LeaseSource } from './capacity.js';
import type { Target } from './target.js';

/** The properties that all deliveries of one lease share. */
export interface Arrival {
  readonly source: LeaseSource;
  /** The database's time, in milliseconds since 1970. */
  readonly clock: () => number;
  /** A time of `performance.now()`. An attempt that starts later may end after its lease. */
  readonly sendBefore: number;
}

/** A leased delivery that waits for a slot. */
export interface BufferedDelivery {
  readonly delivery: LeasedDelivery;
  readonly target: Target;
  readonly arrival: Arrival;
}

/** The milliseconds until the permit of a delivery begins, under the rate limit of its webhook. Not positive: it may be sent. */
export function permitDelayOf(item: BufferedDelivery | undefined): number {
  const permit = item?.delivery.permit;
  return permit ? permit.from - item.arrival.clock() : 0;
}

/**
 * Whether a delivery is too late to start: its attempt could end after its lease, or its permit has expired.
 *
 * @param now a time of `performance.now()`
 */
export function isLate({ delivery: { permit }, arrival }: BufferedDelivery, now: number): boolean {
  return arrival.sendBefore <= now || (permit !== null && permit.to <= arrival.clock());
}

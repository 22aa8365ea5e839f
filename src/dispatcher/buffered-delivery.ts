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

/** The milliseconds that a delivery must wait for its slot under the rate limit of its webhook. Not positive: it may be sent. */
export function slotDelayOf(item: BufferedDelivery | undefined): number {
  if (!item || item.delivery.notBefore === 0) return 0;
  return item.delivery.notBefore - item.arrival.clock();
}

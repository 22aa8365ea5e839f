/** Deliveries may be due. Only a hint to look now: the table is the truth. */
export class DeliveriesQueuedEvent {
  static readonly eventName = 'deliveries.queued';
}

/** The PostgreSQL channel that says the same to other processes. */
export const DELIVERIES_QUEUED_CHANNEL = 'deliveries_queued';

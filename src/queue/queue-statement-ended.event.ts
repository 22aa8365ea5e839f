/** A statement that runs for every batch of events or deliveries. */
export type QueueOperation = 'enqueue' | 'claim' | 'settle';

/** The numbers of rows that a statement has stored, leased or settled. */
export interface QueueCounts {
  /** The size of the batch: stored events, claimed deliveries, or attempts to settle. */
  readonly items: number;
  /** New deliveries that wait for a claim. */
  readonly waiting?: number;
  /** New deliveries that were leased when they were stored: the fast path. */
  readonly leased?: number;
  /** Attempts that were refused, because their leases were lost. */
  readonly refused?: number;
  /** First attempts of deliveries that a recovery queued. Their retries count as live. */
  readonly recovered?: number;
}

/** A statement of the queue has ended. Emitted once for each batch. */
export class QueueStatementEndedEvent {
  static readonly eventName = 'queue-statement.ended';

  /**
   * @param durationMs from the call to the result, with the wait for a connection
   * @param counts undefined if the statement failed
   */
  constructor(
    readonly operation: QueueOperation,
    readonly durationMs: number,
    readonly counts: QueueCounts | undefined,
  ) {}
}

/** Kinds of rows that retention removes. */
export const REMOVED_KINDS = [
  'attempts',
  'events',
  'deliveries',
  'idempotency_keys',
  'recoveries',
  'api_keys',
] as const;

/** The number of rows of each kind. */
export type RemovedRows = Record<(typeof REMOVED_KINDS)[number], number>;

/** Retention has removed rows. */
export class RowsRemovedEvent {
  static readonly eventName = 'rows.removed';

  constructor(readonly rows: Readonly<RemovedRows>) {}
}

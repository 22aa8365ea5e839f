import { Injectable } from '@nestjs/common';
import { uuidV7Floor } from '../common/ids.js';
import { Database } from '../database/database.js';
import { PrismaService } from '../database/prisma.service.js';
import { Prisma } from '../generated/prisma/client.js';
import { markTransaction, REMOVES_EVENTS } from '../queue/transaction-mark-parts.js';
import type { PeriodTypes } from './retention-periods.js';
import type { RemovedRows } from './rows-removed.event.js';

/** Lower than every id. */
export const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** The rows that one statement examines: the first ones in the order of ids. */
export interface Batch {
  /** Only rows that are older than this time. */
  before: Date;
  /** Only rows after this id. */
  after: string;
  /** Removes only rows of these event types. */
  types: PeriodTypes;
  /** The most rows. */
  rows: number;
}

/** The result of one statement. */
export interface Removed {
  /** The number of removed rows of each kind. */
  rows: Partial<RemovedRows>;
  /** The last row that was examined. Null if there was none. */
  last: string | null;
}

/**
 * Removes rows that are older than their retention, one batch per call. Each statement locks the rows that it removes, and skips
 * rows that another process has locked. It may run in several processes at the same time.
 */
@Injectable()
export class RetentionRepository {
  constructor(
    private readonly prisma: PrismaService,
    private readonly database: Database,
  ) {}

  deleteAttempts(batch: Batch): Promise<Removed> {
    return this.removeBatch(attemptsStatement(batch));
  }

  /**
   * Removes events with their deliveries. An event of any age stays while it has a pending delivery for an active webhook.
   * The events that are removed are locked until the commit. A settlement of one of their deliveries may delay it.
   */
  deleteEvents(batch: Batch): Promise<Removed> {
    // Without the mark, event streams would wait for this transaction.
    return this.removeBatch(eventsStatement(batch), markTransaction(this.database.schema, REMOVES_EVENTS));
  }

  /** @returns the number of removed rows */
  deleteIdempotencyKeys(before: Date, rows: number): Promise<number> {
    return this.execute(Prisma.sql`
      DELETE FROM idempotency_keys WHERE (publisher_id, key) IN (
        SELECT publisher_id, key FROM idempotency_keys WHERE created_at < ${before}
        ORDER BY created_at LIMIT ${rows}::int FOR UPDATE SKIP LOCKED)`);
  }

  /**
   * Removes completed and cancelled recoveries. A running recovery of any age stays.
   *
   * @returns the number of removed rows
   */
  deleteRecoveries(before: Date, rows: number): Promise<number> {
    return this.execute(Prisma.sql`
      DELETE FROM recoveries WHERE id IN (
        SELECT id FROM recoveries WHERE coalesce(state, status::text) <> 'running' AND created_at < ${before}
        LIMIT ${rows}::int FOR UPDATE SKIP LOCKED)`);
  }

  /**
   * Removes API keys that were revoked or expired before this time, except bootstrap keys. Afterwards such a key is refused as
   * unknown.
   *
   * @returns the number of removed rows
   */
  deleteApiKeys(before: Date, rows: number): Promise<number> {
    return this.execute(Prisma.sql`
      DELETE FROM api_keys WHERE id IN (
        SELECT id FROM api_keys WHERE (revoked_at < ${before} OR expires_at < ${before}) AND NOT bootstrap
        LIMIT ${rows}::int FOR UPDATE SKIP LOCKED)`);
  }

  private async removeBatch(statement: Prisma.Sql, mark?: Prisma.Sql): Promise<Removed> {
    const [row] = await this.prisma.patiently('maintenance', async (tx) => {
      if (mark) await tx.$queryRaw`SELECT ${mark} AS marked`;
      return tx.$queryRaw<BatchRow[]>(statement);
    });
    const { last = null, ...rows } = row ?? {};
    return { rows, last };
  }

  /** @returns the number of changed rows */
  private execute(statement: Prisma.Sql): Promise<number> {
    return this.prisma.patiently('maintenance', (tx) => tx.$executeRaw(statement));
  }
}

type BatchRow = Partial<RemovedRows> & { last: string | null };

/**
 * Removes attempts of some event types.
 *
 * Input: the batch. Output: one {@link BatchRow}. It locks the rows that it removes, and no row that it only examines.
 */
export function attemptsStatement(batch: Batch): Prisma.Sql {
  return Prisma.sql`
    WITH ${lookedAt(Prisma.sql`delivery_attempts`, Prisma.sql`event`, batch)}, removed AS (
      DELETE FROM delivery_attempts WHERE id IN (
        SELECT id FROM delivery_attempts WHERE id IN (SELECT id FROM looked_at WHERE matches) FOR UPDATE SKIP LOCKED)
      RETURNING 1
    )
    SELECT (SELECT count(*)::int FROM removed) AS attempts, ${LAST}`;
}

/** As {@link attemptsStatement}, for events with their deliveries. */
function eventsStatement(batch: Batch): Prisma.Sql {
  return Prisma.sql`
    WITH ${lookedAt(Prisma.sql`events`, Prisma.sql`type`, batch)}, expired AS (
      DELETE FROM events WHERE id IN (
        SELECT id FROM events WHERE id IN (SELECT id FROM looked_at WHERE matches) AND NOT EXISTS (
          SELECT FROM deliveries JOIN webhooks ON webhooks.id = webhook_id
          WHERE event_id = events.id AND state = 'pending' AND active)
        FOR UPDATE SKIP LOCKED)
      RETURNING id
    ), deliveries_of_them AS (
      DELETE FROM deliveries USING expired WHERE event_id = expired.id
      RETURNING event_id
    )
    SELECT (SELECT count(*)::int FROM expired) AS events, (SELECT count(*)::int FROM deliveries_of_them) AS deliveries, ${LAST}`;
}

const LAST = Prisma.sql`(SELECT id FROM looked_at ORDER BY id DESC LIMIT 1) AS last`;

/** The first rows of a batch, each with whether its event type matches: the text of a query named `looked_at`. */
function lookedAt(table: Prisma.Sql, column: Prisma.Sql, { before, after, types, rows }: Batch): Prisma.Sql {
  const matches =
    types === 'all'
      ? Prisma.sql`true`
      : 'only' in types
        ? Prisma.sql`${column} = ANY(${types.only}::text[])`
        : Prisma.sql`${column} <> ALL(${types.except}::text[])`;
  return Prisma.sql`
    looked_at AS MATERIALIZED (
      SELECT id, ${matches} AS matches FROM ${table}
      WHERE id > ${after}::uuid AND id < ${uuidV7Floor(before.getTime())}::uuid ORDER BY id LIMIT ${rows}::int)`;
}

import { Injectable } from '@nestjs/common';
import { uuidV7Floor } from '../common/ids.js';
import { PrismaService } from '../database/prisma.service.js';
import { Prisma } from '../generated/prisma/client.js';

/** Most rows per statement. With this number a statement takes milliseconds, and does not slow dispatch noticeably. */
export const RETENTION_BATCH = 1_000;

/** Lower than every event's id. */
export const FIRST_EVENT = '00000000-0000-0000-0000-000000000000';

/**
 * Removes rows that are older than their retention, one batch per call. Each statement locks the rows that it reads, and skips
 * rows that another process has locked. It may run in several processes at the same time.
 */
@Injectable()
export class RetentionRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** @returns the number of removed rows */
  deleteAttempts(before: Date): Promise<number> {
    return this.execute(Prisma.sql`
      DELETE FROM delivery_attempts WHERE id IN (
        SELECT id FROM delivery_attempts WHERE id < ${uuidV7Floor(before.getTime())}::uuid
        ORDER BY id LIMIT ${RETENTION_BATCH} FOR UPDATE SKIP LOCKED)`);
  }

  /**
   * Removes events with their deliveries. An event of any age stays while it has a pending delivery for an active webhook.
   * The events that were examined stay locked until the commit. A settlement of one of their deliveries may delay it.
   *
   * @param before only events that were accepted before this time
   * @param cursor only events after this id
   * @returns the numbers of removed rows, and the last event that was examined. It is null if there was none
   */
  async deleteEvents(
    before: Date,
    cursor: string,
  ): Promise<{ events: number; deliveries: number; last: string | null }> {
    const statement = Prisma.sql`
      WITH looked_at AS (
        SELECT id FROM events WHERE id > ${cursor}::uuid AND id < ${uuidV7Floor(before.getTime())}::uuid
        ORDER BY id LIMIT ${RETENTION_BATCH} FOR UPDATE SKIP LOCKED
      ), expired AS (
        DELETE FROM events USING looked_at
        WHERE events.id = looked_at.id AND NOT EXISTS (
          SELECT FROM deliveries JOIN webhooks ON webhooks.id = webhook_id
          WHERE event_id = looked_at.id AND state = 'pending' AND active)
        RETURNING events.id
      ), deliveries_of_them AS (
        DELETE FROM deliveries USING expired WHERE event_id = expired.id
        RETURNING event_id
      )
      SELECT (SELECT count(*)::int FROM expired) AS events,
        (SELECT count(*)::int FROM deliveries_of_them) AS deliveries,
        (SELECT id FROM looked_at ORDER BY id DESC LIMIT 1) AS last`;
    const [row] = await this.prisma.patiently('maintenance', (tx) =>
      tx.$queryRaw<{ events: number; deliveries: number; last: string | null }[]>(statement),
    );
    return row ?? { events: 0, deliveries: 0, last: null };
  }

  /** @returns the number of removed rows */
  deleteIdempotencyKeys(before: Date): Promise<number> {
    return this.execute(Prisma.sql`
      DELETE FROM idempotency_keys WHERE (publisher_id, key) IN (
        SELECT publisher_id, key FROM idempotency_keys WHERE created_at < ${before}
        ORDER BY created_at LIMIT ${RETENTION_BATCH} FOR UPDATE SKIP LOCKED)`);
  }

  /**
   * Removes completed recoveries. A running recovery of any age stays.
   *
   * @returns the number of removed rows
   */
  deleteRecoveries(before: Date): Promise<number> {
    return this.execute(Prisma.sql`
      DELETE FROM recoveries WHERE id IN (
        SELECT id FROM recoveries WHERE status = 'completed' AND created_at < ${before}
        LIMIT ${RETENTION_BATCH} FOR UPDATE SKIP LOCKED)`);
  }

  /**
   * Removes API keys that were revoked or expired before this time, except bootstrap keys. Afterwards such a key is refused as
   * unknown.
   *
   * @returns the number of removed rows
   */
  deleteApiKeys(before: Date): Promise<number> {
    return this.execute(Prisma.sql`
      DELETE FROM api_keys WHERE id IN (
        SELECT id FROM api_keys WHERE (revoked_at < ${before} OR expires_at < ${before}) AND NOT bootstrap
        LIMIT ${RETENTION_BATCH} FOR UPDATE SKIP LOCKED)`);
  }

  /** @returns the number of changed rows */
  private execute(statement: Prisma.Sql): Promise<number> {
    return this.prisma.patiently('maintenance', (tx) => tx.$executeRaw(statement));
  }
}

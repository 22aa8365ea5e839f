import { Injectable } from '@nestjs/common';
import { uuidV7Floor } from '../common/ids.js';
import { PrismaService } from '../database/prisma.service.js';
import { Prisma } from '../generated/prisma/client.js';

/** Rows removed in one statement: few enough that it takes milliseconds and dispatch does not notice. */
export const RETENTION_BATCH = 1_000;

/** Below every event's id. */
export const FIRST_EVENT = '00000000-0000-0000-0000-000000000000';

/** Removes what is older than its retention, a batch at a time. Rows that another process is removing are skipped. */
@Injectable()
export class RetentionRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** @returns how many */
  deleteAttempts(before: Date): Promise<number> {
    return this.execute(Prisma.sql`
      DELETE FROM delivery_attempts WHERE id IN (
        SELECT id FROM delivery_attempts WHERE id < ${uuidV7Floor(before.getTime())}::uuid
        ORDER BY id LIMIT ${RETENTION_BATCH} FOR UPDATE SKIP LOCKED)`);
  }

  /**
   * Removes events with their deliveries. An event that an active webhook is still to get stays, however old it is.
   *
   * @param cursor the event behind which to look
   * @returns how many, and the last event looked at, null when there is no more
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

  /** @returns how many */
  deleteIdempotencyKeys(before: Date): Promise<number> {
    return this.execute(Prisma.sql`
      DELETE FROM idempotency_keys WHERE (publisher_id, key) IN (
        SELECT publisher_id, key FROM idempotency_keys WHERE created_at < ${before}
        ORDER BY created_at LIMIT ${RETENTION_BATCH} FOR UPDATE SKIP LOCKED)`);
  }

  /** @returns how many */
  deleteRecoveries(before: Date): Promise<number> {
    return this.execute(Prisma.sql`
      DELETE FROM recoveries WHERE id IN (
        SELECT id FROM recoveries WHERE status = 'completed' AND created_at < ${before}
        LIMIT ${RETENTION_BATCH} FOR UPDATE SKIP LOCKED)`);
  }

  /**
   * Removes API keys that were revoked or have expired before the time. Such a key is refused as unknown from then on.
   *
   * @returns how many
   */
  deleteApiKeys(before: Date): Promise<number> {
    return this.execute(Prisma.sql`
      DELETE FROM api_keys WHERE id IN (
        SELECT id FROM api_keys WHERE revoked_at < ${before} OR expires_at < ${before}
        LIMIT ${RETENTION_BATCH} FOR UPDATE SKIP LOCKED)`);
  }

  /** @returns how many rows it changed */
  private execute(statement: Prisma.Sql): Promise<number> {
    return this.prisma.patiently('maintenance', (tx) => tx.$executeRaw(statement));
  }
}

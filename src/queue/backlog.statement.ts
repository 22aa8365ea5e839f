import { Prisma } from '../generated/prisma/client.js';
import { WEBHOOK_STATE } from '../webhooks/statement-parts.js';
import type { WebhookState } from '../webhooks/webhook-health.js';

/** The backlogs to read. An undefined field does not narrow the list. */
export interface BacklogFilter {
  webhookUuid?: string | undefined;
  userId?: string | undefined;
}

/**
 * Counts the pending deliveries of each webhook, those that are being sent included.
 *
 * Input: the filter and the most rows. Output: one {@link BacklogRow} per webhook with pending deliveries, those with the most
 * due ones first. It takes no locks. It reads all pending deliveries that pass the filter from their index.
 */
export function backlogStatement({ webhookUuid, userId }: BacklogFilter, limit: number): Prisma.Sql {
  const ofWebhook = webhookUuid === undefined ? Prisma.empty : Prisma.sql`AND webhook_id = ${webhookUuid}::uuid`;
  const ofUser =
    userId === undefined
      ? Prisma.empty
      : Prisma.sql`AND webhook_id IN (SELECT id FROM webhooks WHERE user_id = ${userId})`;
  return Prisma.sql`
    SELECT backlog.*, user_id AS "userId", CASE WHEN webhooks.id IS NOT NULL THEN ${WEBHOOK_STATE} END AS state
    FROM (
      SELECT webhook_id AS "webhookUuid", count(*)::int AS pending,
        (count(*) FILTER (WHERE next_attempt_at <= now()))::int AS due,
        min(next_attempt_at) FILTER (WHERE next_attempt_at <= now()) AS "oldestDue"
      FROM deliveries WHERE state = 'pending' ${ofWebhook} ${ofUser}
      GROUP BY webhook_id ORDER BY due DESC, pending DESC, webhook_id LIMIT ${limit}::int
    ) backlog
    LEFT JOIN webhooks ON webhooks.id = "webhookUuid"
    ORDER BY due DESC, pending DESC, "webhookUuid"`;
}

export interface BacklogRow {
  webhookUuid: string;
  pending: number;
  /** The pending deliveries whose next attempt is due now. */
  due: number;
  /** The earliest due time. Null without a due delivery. */
  oldestDue: Date | null;
  /** Null if the webhook was deleted: a recurring job cancels its deliveries. */
  userId: string | null;
  /** Null if the webhook was deleted. */
  state: WebhookState | null;
}

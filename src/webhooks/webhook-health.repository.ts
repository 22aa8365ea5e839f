import { Injectable } from '@nestjs/common';
import { PrismaService } from '../database/prisma.service.js';
import { Prisma } from '../generated/prisma/client.js';
import { WEBHOOK_STATE } from './statement-parts.js';
import type { ShownWebhook } from './to-webhook-dto.js';
import type { WebhookState } from './webhook-health.js';

/** A webhook without its secrets, and its health. */
export interface HealthRow extends ShownWebhook {
  state: WebhookState;
  failingSince: Date | null;
  consecutiveFailures: number;
  throttleCount: number;
  throttledUntil: Date | null;
}

/** The webhooks to list. An undefined field does not narrow the list. */
export interface HealthFilter {
  id?: string | undefined;
  userId?: string | undefined;
  state?: WebhookState | undefined;
}

/** Reads the health of webhooks, for operators. The clock of the database decides whether a pause has ended. */
@Injectable()
export class WebhookHealthRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** The newest `limit` webhooks that pass the filter. */
  list({ id, userId, state }: HealthFilter, limit: number): Promise<HealthRow[]> {
    const conditions = [
      Prisma.sql`true`,
      ...(id === undefined ? [] : [Prisma.sql`id = ${id}::uuid`]),
      ...(userId === undefined ? [] : [Prisma.sql`user_id = ${userId}`]),
      ...(state === undefined ? [] : [Prisma.sql`${WEBHOOK_STATE} = ${state}`]),
    ];
    const statement = Prisma.sql`
      SELECT id, user_id AS "userId", url, events, active, created_at AS "createdAt", description,
        disabled_reason AS "disabledReason", disabled_at AS "disabledAt", updated_at AS "updatedAt", metadata, filter, headers,
        timeout_ms AS "timeoutMs", retry_schedule AS "retrySchedule", ordering, rate_limit_requests AS "rateLimitRequests",
        rate_limit_per AS "rateLimitPer", public_key AS "publicKey",
        ${WEBHOOK_STATE} AS state, failing_since AS "failingSince", consecutive_failures AS "consecutiveFailures",
        throttle_count AS "throttleCount", throttled_until AS "throttledUntil"
      FROM webhooks WHERE ${Prisma.join(conditions, ' AND ')}
      ORDER BY created_at DESC, id DESC LIMIT ${limit}::int`;
    return this.prisma.patiently('report', (tx) => tx.$queryRaw<HealthRow[]>(statement));
  }
}

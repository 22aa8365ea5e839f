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

/** The column, or the expression, of each field. The type of this table makes a missing column an error of the compiler. */
const COLUMNS: Record<keyof HealthRow, Prisma.Sql> = {
  id: Prisma.sql`id`,
  userId: Prisma.sql`user_id`,
  url: Prisma.sql`url`,
  events: Prisma.sql`events`,
  active: Prisma.sql`active`,
  createdAt: Prisma.sql`created_at`,
  description: Prisma.sql`description`,
  disabledReason: Prisma.sql`disabled_reason`,
  disabledAt: Prisma.sql`disabled_at`,
  updatedAt: Prisma.sql`updated_at`,
  metadata: Prisma.sql`metadata`,
  filter: Prisma.sql`filter`,
  headers: Prisma.sql`headers`,
  auth: Prisma.sql`auth`,
  timeoutMs: Prisma.sql`timeout_ms`,
  retrySchedule: Prisma.sql`retry_schedule`,
  ordering: Prisma.sql`ordering`,
  rateLimitRequests: Prisma.sql`rate_limit_requests`,
  rateLimitPer: Prisma.sql`rate_limit_per`,
  publicKey: Prisma.sql`public_key`,
  state: WEBHOOK_STATE,
  failingSince: Prisma.sql`failing_since`,
  consecutiveFailures: Prisma.sql`consecutive_failures`,
  throttleCount: Prisma.sql`throttle_count`,
  throttledUntil: Prisma.sql`throttled_until`,
};

const SELECTED = Prisma.join(
  Object.entries(COLUMNS).map(([field, column]) => Prisma.sql`${column} AS ${Prisma.raw(`"${field}"`)}`),
);

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
      SELECT ${SELECTED}
      FROM webhooks WHERE ${Prisma.join(conditions, ' AND ')}
      ORDER BY created_at DESC, id DESC LIMIT ${limit}::int`;
    return this.prisma.patiently('report', (tx) => tx.$queryRaw<HealthRow[]>(statement));
  }
}

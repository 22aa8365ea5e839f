import { Injectable } from '@nestjs/common';
import { PrismaService } from '../database/prisma.service.js';
import { Prisma } from '../generated/prisma/client.js';
import { FIRST_WEBHOOK } from '../queue/claim-limits.js';
import { fewWith, NOT_LEASED, pendingAfter } from '../queue/statement-parts.js';
import { WEBHOOK_STATE } from '../webhooks/statement-parts.js';
import { BREAKER } from '../webhooks/webhook-health.js';

/** States of pending deliveries that no process has leased. */
export const BACKLOG_STATES = ['due', 'retrying', 'paused'] as const;
export type BacklogState = (typeof BACKLOG_STATES)[number];

/** Counts of deliveries end here: with a million pending deliveries, a statement then takes milliseconds. */
export const DELIVERIES_LIMIT = 500;
/** Counts of webhooks end here. */
const WEBHOOKS_LIMIT = 5_000;
/** The maximum number of webhooks per statement. */
const WEBHOOKS_PER_STATEMENT = 64;

export type Backlog = Record<BacklogState, number> & {
  /** The age of the delivery that has been due for the longest time, in seconds. 0 if none is due. */
  oldestDueSeconds: number;
};

export interface UnhealthyWebhooks {
  failing: number;
  paused: number;
  halfOpen: number;
  disabled: number;
  /** Webhooks that are paused, and have failed so often that the circuit breaker trips. */
  breakersOpen: number;
}

interface BacklogRow extends Backlog {
  /** The last webhook, if more may follow. */
  last: string | null;
}

/** Reads the figures that only the database knows. Its statements lock nothing. */
@Injectable()
export class FiguresRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** The backlog of all webhooks. Each statement reads a part of the webhooks. */
  async backlog(): Promise<Backlog> {
    const sum: Backlog = { due: 0, retrying: 0, paused: 0, oldestDueSeconds: 0 };
    for (let cursor: string | null = FIRST_WEBHOOK; cursor !== null;) {
      const [row]: BacklogRow[] = await this.prisma.queryDirectly<BacklogRow>(backlogStatement(cursor, sum));
      if (!row) break;
      for (const state of BACKLOG_STATES) sum[state] += row[state];
      sum.oldestDueSeconds = Math.max(sum.oldestDueSeconds, row.oldestDueSeconds);
      cursor = row.last;
    }
    return sum;
  }

  async unhealthyWebhooks(): Promise<UnhealthyWebhooks> {
    const [row] = await this.prisma.queryDirectly<UnhealthyWebhooks>(unhealthyStatement());
    return row as UnhealthyWebhooks;
  }
}

/** The pending deliveries of `webhook` that no process has leased. The index finds them by the webhook and the step. */
const UNLEASED = Prisma.sql`deliveries WHERE webhook_id = webhook.id AND deliveries.state = 'pending'
  AND least(schedule_step, 1) = step AND ${NOT_LEASED}`;

function counted(rows: Prisma.Sql, webhooks: Prisma.Sql, limit: number): Prisma.Sql {
  return Prisma.sql`(SELECT count(*)::int FROM (
    SELECT FROM webhook CROSS JOIN LATERAL (SELECT FROM ${rows} LIMIT ${limit}::int) one
    WHERE ${webhooks} LIMIT ${limit}::int) counted)`;
}

/**
 * Counts the deliveries of the next webhooks that have pending ones, and finds the oldest due delivery.
 *
 * Input: the last webhook of the statement before, and the counts until now. Output: one {@link BacklogRow}. It locks nothing.
 * A loose index scan visits the webhooks, as a claim does. Each count ends at {@link DELIVERIES_LIMIT}. The oldest due delivery
 * is exact: it is the first entry of the index for a webhook and step. Rows that processes have leased are read and skipped.
 * There are at most as many as processes hold in memory.
 *
 * A webhook is paused until its next success: while it is half-open, it gets one delivery at a time.
 */
export function backlogStatement(after: string, { due, retrying, paused }: Record<BacklogState, number>): Prisma.Sql {
  const isSending = Prisma.sql`webhook.state IN ('healthy', 'failing')`;
  return Prisma.sql`
    WITH RECURSIVE visited AS (
      ${pendingAfter(after, WEBHOOKS_PER_STATEMENT)}
    ), webhook AS MATERIALIZED (
      SELECT id, step, ${WEBHOOK_STATE} AS state
      FROM visited JOIN webhooks ON webhooks.id = visited.webhook_id CROSS JOIN (VALUES (0), (1)) AS steps(step)
      WHERE ${fewWith(Prisma.sql`visited.webhook_id`)}
    )
    SELECT
      coalesce((SELECT extract(epoch FROM now() - min(due_at)) FROM webhook CROSS JOIN LATERAL (
        SELECT next_attempt_at AS due_at FROM ${UNLEASED} AND next_attempt_at <= now()
        ORDER BY next_attempt_at LIMIT 1) first WHERE ${isSending}), 0)::float8 AS "oldestDueSeconds",
      ${counted(Prisma.sql`${UNLEASED} AND next_attempt_at <= now()`, isSending, DELIVERIES_LIMIT - due)} AS due,
      ${counted(
        Prisma.sql`${UNLEASED} AND next_attempt_at > now()`,
        Prisma.sql`${isSending} AND step = 1`,
        DELIVERIES_LIMIT - retrying,
      )} AS retrying,
      ${counted(UNLEASED, Prisma.sql`webhook.state IN ('paused', 'half-open')`, DELIVERIES_LIMIT - paused)} AS paused,
      (SELECT webhook_id FROM visited WHERE number = ${WEBHOOKS_PER_STATEMENT}::int) AS last`;
}

/**
 * Counts webhooks by health ("Webhook health" in docs/architecture.md).
 *
 * Input: none. Output: one {@link UnhealthyWebhooks}. It locks nothing. Each count ends at {@link WEBHOOKS_LIMIT}. A partial
 * index has only webhooks that are not healthy.
 */
export function unhealthyStatement(): Prisma.Sql {
  return Prisma.sql`
    WITH unhealthy AS MATERIALIZED (
      SELECT ${WEBHOOK_STATE} AS state, consecutive_failures >= ${BREAKER.failures}::int
          AND failing_since < now() - ${BREAKER.afterSeconds}::int * interval '1 second' AS tripped
      FROM webhooks WHERE active AND (failing_since IS NOT NULL OR throttle_count > 0) LIMIT ${WEBHOOKS_LIMIT}::int
    )
    SELECT
      count(*) FILTER (WHERE state = 'failing')::int AS failing,
      count(*) FILTER (WHERE state = 'paused')::int AS paused,
      count(*) FILTER (WHERE state = 'half-open')::int AS "halfOpen",
      count(*) FILTER (WHERE state = 'paused' AND tripped)::int AS "breakersOpen",
      (SELECT count(*)::int FROM (SELECT FROM webhooks WHERE NOT active LIMIT ${WEBHOOKS_LIMIT}::int) inactive) AS disabled
    FROM unhealthy`;
}

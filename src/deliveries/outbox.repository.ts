import { Injectable } from '@nestjs/common';
import { notify } from '../database/notification-channel.js';
import { Database } from '../database/database.js';
import { queryInTransaction, type HostTransaction } from '../database/host-transaction.js';
import { PrismaService } from '../database/prisma.service.js';
import { Prisma, type DeliveryTrigger } from '../generated/prisma/client.js';
import { claimStatement, toClaim, type ClaimRows } from './claim.statement.js';
import { DELIVERIES_QUEUED_CHANNEL, queuedNotice } from './deliveries-queued.event.js';
import { enqueueing, type EnqueueRow } from './enqueue.statement.js';
import type {
  Claim,
  ClaimedDelivery,
  ClaimRequest,
  Enqueued,
  EnqueueOptions,
  NewRequest,
  Settled,
  SettledAttempt,
} from './outbox.js';
import { settleStatement, toSettled, type SettleRow } from './settle.statement.js';
import { fewWith, plainArray } from './statement-parts.js';

/**
 * The deliveries table as a queue. All statements are set-based: one for any number of rows, because a statement's
 * fixed cost (parsing, network, commit) is many times a row's.
 */
@Injectable()
export class OutboxRepository {
  constructor(
    private readonly prisma: PrismaService,
    private readonly database: Database,
  ) {}

  /**
   * Stores requests' events, each with one delivery for every active webhook of its user that subscribes to it, in one
   * statement: all of it is committed or none.
   *
   * @param requests at most one for each idempotency key
   * @param options.tx a transaction of the caller, which notifies every process, this one too, when it commits
   */
  async enqueue(
    requests: readonly NewRequest[],
    { tx, ...options }: Omit<EnqueueOptions, 'hostSchema'> & { tx?: HostTransaction } = {},
  ): Promise<Enqueued> {
    const { statement, read } = enqueueing(requests, tx ? { ...options, hostSchema: this.database.schema } : options);
    const rows = await (tx
      ? queryInTransaction<EnqueueRow>(tx, statement)
      : this.prisma.queryDirectly<EnqueueRow>(statement));
    return read(rows[0] as EnqueueRow);
  }

  /** Takes due deliveries under a lease, a few of each webhook in turn. */
  async claim(request: ClaimRequest): Promise<Claim> {
    const rows = await this.prisma.queryDirectly(claimStatement(request));
    return toClaim(rows as ClaimRows, request.leaseToken);
  }

  /**
   * Records attempts: the log's rows, the state of their deliveries and the health of their webhooks, in one statement.
   */
  async settle(attempts: SettledAttempt[]): Promise<Settled> {
    return toSettled(await this.prisma.queryDirectly<SettleRow>(settleStatement(attempts)));
  }

  /** Hands back leases on deliveries that were never sent, so that they are due at once. */
  async release(deliveries: readonly Pick<ClaimedDelivery, 'eventId' | 'webhookUuid' | 'leaseToken'>[]): Promise<void> {
    await this.prisma.queryDirectly(Prisma.sql`
      UPDATE deliveries SET leased_until = NULL, lease_token = NULL
      FROM (SELECT
        unnest(${plainArray(deliveries.map(({ eventId }) => eventId))}::uuid[]) AS event_id,
        unnest(${plainArray(deliveries.map(({ webhookUuid }) => webhookUuid))}::uuid[]) AS webhook_id,
        unnest(${plainArray(deliveries.map(({ leaseToken }) => leaseToken))}::uuid[]) AS token
      ) lease
      WHERE deliveries.event_id = lease.event_id AND deliveries.webhook_id = lease.webhook_id AND lease_token = token
        AND ${fewWith(Prisma.sql`lease.event_id`)}`);
  }

  /**
   * Cancels what is queued for a webhook that is gone, but for what is leased: it may be in flight.
   *
   * @returns how many are leased
   */
  async cancelByWebhook(webhookUuid: string): Promise<number> {
    const statement = Prisma.sql`
      WITH cancelled AS (
        UPDATE deliveries SET state = 'cancelled', next_attempt_at = NULL
        WHERE webhook_id = ${webhookUuid}::uuid AND state = 'pending' AND (leased_until IS NULL OR leased_until <= now())
      )
      SELECT count(*)::int AS leased FROM deliveries
      WHERE webhook_id = ${webhookUuid}::uuid AND state = 'pending' AND leased_until > now()`;
    const [row] = await this.prisma.patiently('maintenance', (tx) => tx.$queryRaw<{ leased: number }[]>(statement));
    return row?.leased ?? 0;
  }

  /** The webhooks that have pending deliveries and no longer exist: a crash came between deleting and cancelling. */
  async findOrphans(): Promise<string[]> {
    const statement = Prisma.sql`
      WITH RECURSIVE visited AS (
        (SELECT webhook_id FROM deliveries WHERE state = 'pending' ORDER BY webhook_id LIMIT 1)
        UNION ALL
        SELECT (SELECT webhook_id FROM deliveries WHERE state = 'pending' AND webhook_id > visited.webhook_id
                ORDER BY webhook_id LIMIT 1)
        FROM visited WHERE visited.webhook_id IS NOT NULL
      )
      SELECT webhook_id AS id FROM visited
      WHERE webhook_id IS NOT NULL AND NOT EXISTS (SELECT FROM webhooks WHERE id = visited.webhook_id)`;
    const rows = await this.prisma.patiently('maintenance', (tx) => tx.$queryRaw<{ id: string }[]>(statement));
    return rows.map(({ id }) => id);
  }

  /**
   * Queues a delivery once more, its retry schedule begun anew. One that is pending is brought forward to now.
   *
   * @returns whether there is such a delivery
   */
  async requeue(eventId: string, webhookUuid: string, trigger: DeliveryTrigger): Promise<boolean> {
    const rows = await this.prisma.$queryRaw<unknown[]>`
      UPDATE deliveries SET state = 'pending', trigger = ${trigger}::delivery_trigger, schedule_step = 0, next_attempt_at = now()
      WHERE event_id = ${eventId}::uuid AND webhook_id = ${webhookUuid}::uuid
      RETURNING ${notify(DELIVERIES_QUEUED_CHANNEL, queuedNotice([webhookUuid]))} IS NULL AS notified`;
    return rows.length > 0;
  }
}

import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { queryInTransaction, requireTransaction, type HostTransaction } from '../database/host-transaction.js';
import { PrismaService, type Transaction } from '../database/prisma.service.js';
import type { DeliveryTrigger } from '../generated/prisma/client.js';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import { Tracing, type TracedStatement } from '../runtime/tracing.js';
import { filterDocument } from '../webhooks/filter-text.js';
import { cancelStatement, orphansStatement, type CancelRow, type OrphanRow } from './cancel.statement.js';
import { claimStatement, toClaim, type ClaimRows } from './claim.statement.js';
import {
  countSelectedStatement,
  enqueueSelectedStatement,
  suspectPayloadsStatement,
  type EnqueueSelectedRow,
  type ReplacedPayload,
  type SuspectRow,
} from './enqueue-selected.statement.js';
import { enqueueing, type EnqueueRow } from './enqueue.statement.js';
import { EventsAnnouncer } from './events-announcer.js';
import { EventsStoredEvent } from './events-stored.event.js';
import type {
  Claim,
  ClaimRequest,
  CountSelectedRow,
  Enqueued,
  EnqueueOptions,
  LeasedDelivery,
  PublishRequest,
  RecoverySelection,
  SettleResult,
  SettledAttempt,
} from './outbox.types.js';
import { QueueStatementEndedEvent, type QueueCounts, type QueueOperation } from './queue-statement-ended.event.js';
import { releaseStatement } from './release.statement.js';
import { requeueStatement, type DeliveryKey } from './requeue.statement.js';
import { settleStatement, toSettleResult, type SettleRow } from './settle.statement.js';
import { tellDisabledStatement } from './tell-disabled.statement.js';
import { markOfUser, markTransaction } from './transaction-mark-parts.js';

/**
 * The table `deliveries` as a queue. {@link PendingDeliveries} has the operations of owners. No other code writes to this table,
 * except retention, the erasure of a user and the import of a database. Each operation is one statement for any number of rows. The
 * fixed cost of a statement (parsing, network, commit) is many times the cost of a row.
 */
@Injectable()
export class OutboxService {
  constructor(
    private readonly prisma: PrismaService,
    private readonly database: Database,
    private readonly emitter: ServiceEmitter,
    private readonly tracing: Tracing,
    private readonly announcer: EventsAnnouncer,
  ) {}

  /**
   * Stores the events of requests with their deliveries, in one statement: all of them are committed or none. An event has one
   * delivery for every active webhook of its user that subscribes to its type.
   *
   * @param requests at most one request per idempotency key
   * @param options.tx a transaction of the caller. Its commit notifies every process, including this one
   */
  async enqueue(
    requests: readonly PublishRequest[],
    { tx, ...options }: Omit<EnqueueOptions, 'hostSchema'> & { tx?: HostTransaction } = {},
  ): Promise<Enqueued> {
    const hosted = tx ? { hostSchema: this.database.schema, announces: this.announcer.isHeard } : {};
    const { statement, read } = enqueueing(requests, { ...options, ...hosted });
    const run = async (): Promise<Enqueued> => {
      const rows = await (tx
        ? queryInTransaction<EnqueueRow>(tx, statement)
        : this.prisma.queryDirectly<EnqueueRow>(statement));
      return read(rows[0] as EnqueueRow);
    };
    // The events of a request have one trace.
    const input = this.tracing.isOn ? requests.flatMap(({ events: [first] }) => first ?? []) : [];
    const enqueued = await this.observed('enqueue', enqueuedCounts, run, { input });
    if (!tx) this.emitter.emit(EventsStoredEvent.eventName, new EventsStoredEvent(requests));
    return enqueued;
  }

  /**
   * Prepares a transaction of the host to publish events of a user. Call it before {@link enqueue}.
   *
   * @throws TypeError if no transaction is open
   */
  async begin(tx: HostTransaction, userId: string): Promise<void> {
    await requireTransaction(tx, markTransaction(this.database.schema, markOfUser(userId)));
  }

  /**
   * Queues events of a recovery, see {@link enqueueSelectedStatement}.
   *
   * @param tx the transaction in which the caller records its progress
   * @returns the number of deliveries that became pending
   */
  async enqueueSelected(selection: RecoverySelection, tx: Transaction): Promise<number> {
    const statement = enqueueSelectedStatement(selection, await replacedPayloads(selection, tx));
    const [row] = await tx.$queryRaw<EnqueueSelectedRow[]>(statement);
    return row?.queued ?? 0;
  }

  /** Counts the events that {@link enqueueSelected} would queue. */
  async countSelected(selection: RecoverySelection, tx: Transaction): Promise<CountSelectedRow> {
    const statement = countSelectedStatement(selection, await replacedPayloads(selection, tx));
    const [row] = await tx.$queryRaw<[CountSelectedRow]>(statement);
    return row;
  }

  /** Claims due deliveries under a lease, a few of each webhook in turn. */
  async claim(request: ClaimRequest): Promise<Claim> {
    const run = async (): Promise<Claim> => {
      const rows = await this.prisma.queryDirectly(claimStatement(request));
      return toClaim(rows as ClaimRows, request.leaseToken);
    };
    const traced = { output: ({ deliveries }: Claim) => deliveries };
    return this.observed('claim', ({ deliveries }) => ({ items: deliveries.length }), run, traced);
  }

  /** Settles attempts in one statement: records the rows of the log, the states of deliveries and the health of webhooks. */
  async settle(attempts: SettledAttempt[]): Promise<SettleResult> {
    const run = async (): Promise<SettleResult> =>
      toSettleResult(await this.prisma.queryDirectly<SettleRow>(settleStatement(attempts)));
    const input = this.tracing.isOn ? attempts.map(({ delivery }) => delivery) : [];
    const countsOf = ({ refused }: SettleResult) => ({
      items: attempts.length,
      refused: refused.size,
      recovered: attempts.filter(({ delivery }) => delivery.trigger === 'recover').length,
    });
    return this.observed('settle', countsOf, run, { input });
  }

  /** Releases leases on deliveries that were not sent. These deliveries are due at once. */
  async release(deliveries: readonly Pick<LeasedDelivery, 'eventId' | 'webhookUuid' | 'leaseToken'>[]): Promise<void> {
    await this.prisma.queryDirectly(releaseStatement(deliveries));
  }

  /**
   * Cancels the pending deliveries of a deleted webhook, except those under a lease: an attempt may be in flight.
   *
   * @returns the number of deliveries under a lease
   */
  async cancelByWebhook(webhookUuid: string): Promise<number> {
    const statement = cancelStatement(webhookUuid);
    const [row] = await this.prisma.patiently('maintenance', (tx) => tx.$queryRaw<CancelRow[]>(statement));
    return row?.leased ?? 0;
  }

  /** Tells the owner of a webhook that somebody disabled it, see {@link tellDisabledStatement}. */
  async tellDisabled(webhookUuid: string): Promise<void> {
    await this.prisma.$queryRaw(tellDisabledStatement(webhookUuid));
  }

  /** The uuids of deleted webhooks that still have pending deliveries, see {@link orphansStatement}. */
  async findOrphans(): Promise<string[]> {
    const statement = orphansStatement();
    const rows = await this.prisma.patiently('maintenance', (tx) => tx.$queryRaw<OrphanRow[]>(statement));
    return rows.map(({ id }) => id);
  }

  /**
   * Queues deliveries again, with their retry schedules at the start. A pending delivery becomes due now.
   *
   * @param deliveries each once
   * @returns whether all of them exist. Otherwise nothing is queued
   */
  async requeue(deliveries: readonly DeliveryKey[], trigger: DeliveryTrigger): Promise<boolean> {
    const rows = await this.prisma.$queryRaw<unknown[]>(requeueStatement(deliveries, trigger));
    return rows.length > 0;
  }

  /** Runs a statement, emits its duration and its counts, and gives its traces a span. */
  private async observed<Result>(
    operation: QueueOperation,
    countsOf: (result: Result) => QueueCounts,
    run: () => Promise<Result>,
    traced: TracedStatement<Result>,
  ): Promise<Result> {
    const begin = performance.now();
    let counts: QueueCounts | undefined;
    try {
      const result = await this.tracing.statement(operation, run, traced);
      counts = countsOf(result);
      return result;
    } finally {
      const event = new QueueStatementEndedEvent(operation, performance.now() - begin, counts);
      this.emitter.emit(QueueStatementEndedEvent.eventName, event);
    }
  }
}

function enqueuedCounts({ accepted, leased }: Enqueued): QueueCounts {
  let items = 0;
  let deliveries = 0;
  for (const events of accepted) {
    for (const event of events ?? []) {
      items += 1;
      deliveries += event.deliveries;
    }
  }
  const fast = leased.deliveries.length;
  return { items, leased: fast, waiting: deliveries - fast };
}

async function replacedPayloads(
  { webhookUuid, eventIds }: RecoverySelection,
  tx: Transaction,
): Promise<ReplacedPayload[]> {
  const suspects = await tx.$queryRaw<SuspectRow[]>(suspectPayloadsStatement(webhookUuid, eventIds));
  return suspects.flatMap(({ id, payload }) => {
    const document = filterDocument(payload);
    return document === null ? [] : [{ id, document }];
  });
}

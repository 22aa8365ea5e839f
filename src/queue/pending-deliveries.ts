import { Injectable } from '@nestjs/common';
import type { Place } from '../common/cursor.js';
import { PrismaService } from '../database/prisma.service.js';
import type { Prisma } from '../generated/prisma/client.js';
import {
  backlogStatement,
  PENDING_STEPS,
  pendingStatement,
  totalsStatement,
  type BacklogFilter,
  type BacklogRow,
  type BatchRow,
  type PendingRange,
  type PendingRow,
  type TotalsRow,
} from './backlog.statement.js';
import { cancelBacklogStatement, type CancelFilter } from './cancel.statement.js';
import { orderPendingStatement } from './order-pending.statement.js';
import type { BacklogChange } from './outbox.types.js';
import { endPauseStatement, sendNowStatement } from './send-now.statement.js';

/** The most deliveries that one statement orders: it takes less than a second, and settlements wait for it no longer. */
const MAX_ORDERED = 10_000;
/** The most deliveries that one statement looks at. It takes a fraction of a second, and settlements wait for it no longer. */
const BACKLOG_BATCH = 2_000;

/** The pending deliveries of webhooks, for owners and operators: they are listed, sent, cancelled and ordered in batches. */
@Injectable()
export class PendingDeliveries {
  constructor(private readonly prisma: PrismaService) {}

  /**
   * Cancels the pending deliveries of a webhook that pass the filter, and notifies every process. Attempts in flight end and are
   * recorded.
   *
   * @param budgetMs no batch begins after this time, once a delivery was changed
   */
  cancelBacklog(webhookUuid: string, filter: CancelFilter, budgetMs: number): Promise<BacklogChange> {
    return this.inBatches(budgetMs, undefined, (batch) => cancelBacklogStatement(webhookUuid, filter, batch));
  }

  /**
   * Ends the pause of a webhook, and makes all its pending deliveries due now. Every process is notified.
   *
   * @param budgetMs no batch begins after this time
   */
  async sendNow(webhookUuid: string, budgetMs: number): Promise<BacklogChange> {
    const [row] = await this.prisma.$queryRaw<{ now: Date }[]>(endPauseStatement(webhookUuid));
    // Only the time counts: `sendNowStatement` reads no exact range.
    const first = row && { time: row.now, id: '' };
    return this.inBatches(budgetMs, first, (batch) => sendNowStatement(webhookUuid, batch));
  }

  /** Each batch is a transaction of its own. */
  private async inBatches(
    budgetMs: number,
    first: Place | undefined,
    statementOf: (batch: PendingRange) => Prisma.Sql,
  ): Promise<BacklogChange> {
    const end = performance.now() + budgetMs;
    let total = 0;
    for (const step of PENDING_STEPS) {
      for (let after = first, isLast = false; !isLast;) {
        if (total > 0 && performance.now() > end) return { changed: total, hasMore: true };
        const statement = statementOf({ step, after, limit: BACKLOG_BATCH });
        const [row] = await this.prisma.patiently('maintenance', (tx) => tx.$queryRaw<BatchRow[]>(statement));
        const { changed = 0, lastTime = null, lastId = null } = row ?? {};
        total += changed;
        if (lastTime === null || lastId === null) isLast = true;
        else after = { time: lastTime, id: lastId };
      }
    }
    return { changed: total, hasMore: false };
  }

  /** Pending deliveries of a webhook in the order of their due times, see {@link pendingStatement}. */
  page(webhookUuid: string, after: Place | undefined, limit: number): Promise<PendingRow[]> {
    return this.prisma.$queryRaw<PendingRow[]>(pendingStatement(webhookUuid, after, limit));
  }

  /** Gives the pending deliveries of a webhook their place in the order of their extractions. */
  async orderPending(webhookUuid: string): Promise<void> {
    const statement = orderPendingStatement(webhookUuid, MAX_ORDERED);
    let rows: unknown[];
    do {
      rows = await this.prisma.patiently('maintenance', (tx) => tx.$queryRaw<unknown[]>(statement));
    } while (rows.length > 0);
  }

  /** The pending deliveries by webhook, see {@link backlogStatement}. */
  backlog(filter: BacklogFilter, limit: number): Promise<BacklogRow[]> {
    const statement = backlogStatement(filter, limit);
    return this.prisma.patiently('report', (tx) => tx.$queryRaw<BacklogRow[]>(statement));
  }

  /** The numbers of pending deliveries, see {@link totalsStatement}. */
  async totals(whose: { webhookUuid: string } | { userId: string }, limit: number): Promise<TotalsRow> {
    const [row] = await this.prisma.$queryRaw<TotalsRow[]>(totalsStatement(whose, limit));
    return row ?? { pending: 0, due: 0, oldestDue: null };
  }
}

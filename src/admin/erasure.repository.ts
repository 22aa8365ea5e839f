import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { PrismaService } from '../database/prisma.service.js';
import type { Prisma } from '../generated/prisma/client.js';
import { markTransaction, REMOVES_EVENTS } from '../queue/transaction-mark-parts.js';
import {
  clearBootstrapKeysStatement,
  deleteAttemptsStatement,
  deleteDeliveriesStatement,
  deleteEventsStatement,
  deleteIdempotencyKeysStatement,
  deleteKeysStatement,
  deleteRecoveriesStatement,
  deleteSummariesStatement,
  deleteWebhooksStatement,
  ERASURE_BATCH,
  nextStatement,
  revokeKeysStatement,
  type ErasedTable,
} from './erasure.statement.js';

/** The result of one batch. */
export interface ErasedBatch {
  removed: Partial<Record<ErasedTable, number>>;
  /** The rows of the batch that stay for now: another statement has locked them, or an attempt may be in flight. */
  left: number;
  /** The next batch begins after this row. Null after the last batch. */
  cursor: string | null;
}

type Paged = keyof typeof nextStatement;

/** Removes rows of one user. Each call is one short transaction, and reads rows of this user only. */
@Injectable()
export class ErasureRepository {
  constructor(
    private readonly prisma: PrismaService,
    private readonly database: Database,
  ) {}

  /** @returns the number of keys that were revoked */
  revokeKeys(userId: string): Promise<number> {
    return this.execute(revokeKeysStatement(userId));
  }

  /** @returns the number of removed keys, and of bootstrap keys that stay */
  async deleteKeys(userId: string): Promise<{ removed: number; kept: number }> {
    const removed = await this.execute(deleteKeysStatement(userId));
    return { removed, kept: await this.execute(clearBootstrapKeysStatement(userId)) };
  }

  /** @returns the number of removed webhooks */
  async deleteWebhooks(userId: string): Promise<number> {
    return this.prisma.serialized(userId, async (tx) => {
      return (await tx.$queryRaw<unknown[]>(deleteWebhooksStatement(userId))).length;
    });
  }

  /** @returns the number of removed recoveries */
  deleteRecoveries(userId: string): Promise<number> {
    return this.execute(deleteRecoveriesStatement(userId));
  }

  deleteEvents(userId: string, after: string): Promise<ErasedBatch> {
    return this.batch('events', userId, after, async (tx, ids) => {
      // Without the mark, event streams would wait for this transaction.
      await tx.$queryRaw`SELECT ${markTransaction(this.database.schema, REMOVES_EVENTS)} AS marked`;
      const deliveries = await tx.$executeRaw(deleteDeliveriesStatement(ids));
      return { deliveries, events: await tx.$executeRaw(deleteEventsStatement(ids)) };
    });
  }

  deleteAttempts(userId: string, after: string): Promise<ErasedBatch> {
    return this.batch('delivery_attempts', userId, after, async (tx, ids) => {
      return { delivery_attempts: await tx.$executeRaw(deleteAttemptsStatement(ids)) };
    });
  }

  /** @returns the number of removed summaries */
  deleteSummaries(userId: string): Promise<number> {
    return this.execute(deleteSummariesStatement(userId));
  }

  deleteIdempotencyKeys(userId: string, after: string): Promise<ErasedBatch> {
    return this.batch('idempotency_keys', userId, after, async (tx, keys) => {
      return { idempotency_keys: await tx.$executeRaw(deleteIdempotencyKeysStatement(userId, keys)) };
    });
  }

  private batch(
    table: Paged,
    userId: string,
    after: string,
    remove: (tx: Prisma.TransactionClient, ids: string[]) => Promise<ErasedBatch['removed']>,
  ): Promise<ErasedBatch> {
    return this.prisma.patiently('maintenance', async (tx) => {
      const rows = await tx.$queryRaw<{ id: string }[]>(nextStatement[table](userId, after));
      const ids = rows.map(({ id }) => id);
      const removed = ids.length === 0 ? {} : await remove(tx, ids);
      const last = ids.length < ERASURE_BATCH ? null : (ids.at(-1) ?? null);
      return { removed, left: ids.length - (removed[table] ?? 0), cursor: last };
    });
  }

  private execute(statement: Prisma.Sql): Promise<number> {
    return this.prisma.patiently('maintenance', (tx) => tx.$executeRaw(statement));
  }
}

import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Prisma, PrismaClient } from '../generated/prisma/client.js';
import { Database, type Parameter } from './database.js';
import { IDLE_IN_TRANSACTION_MS, LIMITS, GATE_WAIT_MS, withLimitsOf } from './deadlines.js';
import { retryConflicts } from './retry-conflicts.js';

/** A transaction of `prisma.$transaction(async (tx) => …)`. */
export type Transaction = Prisma.TransactionClient;

/** The Prisma client on the open database. Only repositories use it. */
@Injectable()
export class PrismaService extends PrismaClient implements OnApplicationShutdown {
  constructor(private readonly database: Database) {
    super({
      adapter: database.adapter,
      transactionOptions: { maxWait: 2 * GATE_WAIT_MS, timeout: IDLE_IN_TRANSACTION_MS },
      // Other formats write the arguments of a failed call into the error message, and thus into the log.
      errorFormat: 'minimal',
    });
  }

  /**
   * Runs a transaction that excludes other such transactions of the same user, in every process. Counts that `work` reads
   * stay true until it commits.
   *
   * It holds an advisory lock until the transaction ends. Such locks belong to the whole database, so the key includes the
   * schema. The schema `public` has the plain key of earlier versions.
   *
   * After a conflict the transaction is repeated. `work` must therefore have no effects outside `tx`.
   */
  serialized<Result>(userId: string, work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    return retryConflicts(() =>
      this.$transaction(async (tx) => {
        await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${userId},
          CASE WHEN current_schema() = 'public' THEN 0 ELSE hashtextextended(current_schema()::text, 0) END))`;
        return work(tx);
      }),
    );
  }

  /** Runs `work` in a transaction with longer limits than a request. It is repeated after a conflict. */
  patiently<Result>(kind: 'report' | 'maintenance', work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    const { lockMs, statementMs, deadlineMs } = LIMITS[kind];
    const timeout = deadlineMs + IDLE_IN_TRANSACTION_MS;
    return retryConflicts(() =>
      withLimitsOf(kind, () =>
        this.$transaction(
          async (tx) => {
            await tx.$queryRaw`SELECT set_config('lock_timeout', ${String(lockMs)}, true),
              set_config('statement_timeout', ${String(statementMs)}, true)`;
            return work(tx);
          },
          { timeout },
        ),
      ),
    );
  }

  /**
   * Runs one statement without the Prisma client. Use it for the statements of every batch of deliveries: Prisma would
   * serialize and parse their parameters twice, which may exceed 100 kB (docs/performance.md). Its driver adapter would also
   * keep the last hundred parameters for a debug log.
   *
   * The statement is a transaction of its own and is repeated after a conflict.
   *
   * @param statement its values must be {@link Parameter}s
   * @returns rows of texts, numbers, booleans and nulls
   * @throws the error of the driver; see prisma-errors.ts
   */
  queryDirectly<Row>({ text, values }: Prisma.Sql): Promise<Row[]> {
    return retryConflicts(() => this.database.query<Row>(text, values as Parameter[]));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.$disconnect();
    await this.database.close();
  }
}

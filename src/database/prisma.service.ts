import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Prisma, PrismaClient } from '../generated/prisma/client.js';
import { Database, type Parameter } from './database.js';
import { IDLE_IN_TRANSACTION_MS, LIMITS, SLOT_WAIT_MS, withLimitsOf } from './deadlines.js';
import { retryConflicts } from './retry-conflicts.js';

/** A Prisma transaction, as `prisma.$transaction(async (tx) => …)` hands it out. */
export type Transaction = Prisma.TransactionClient;

/** Prisma on the open database. Repositories use it; nothing else does. */
@Injectable()
export class PrismaService extends PrismaClient implements OnApplicationShutdown {
  constructor(private readonly database: Database) {
    super({
      adapter: database.adapter,
      transactionOptions: { maxWait: 2 * SLOT_WAIT_MS, timeout: IDLE_IN_TRANSACTION_MS },
      // Any other format writes the arguments of a refused call into its error, and so into the log.
      errorFormat: 'minimal',
    });
  }

  /**
   * Runs a transaction that no other one of the same user runs beside: what it counts stays true until it commits, in
   * every process (an advisory lock, held to the end of the transaction). Locks belong to a database, so the key includes
   * the schema, unless that is `public`: earlier versions use the plain key there. It is repeated after a conflict, so
   * `work` must do nothing but use `tx`.
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

  /** Runs statements that may take longer than those of a request, in a transaction with limits of their own. */
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
   * Runs one statement past the client and its driver adapter. For the few statements of every batch of deliveries: the
   * client would serialize and parse their parameters, texts of 100 kB and more, twice on the way
   * (docs/performance.md), and the adapter would hold on to the last hundred of them for its debug log.
   *
   * It is a transaction of its own, and repeated after a conflict.
   *
   * @param statement its values are {@link Parameter}s
   * @returns rows whose columns are text, numbers, booleans and nulls
   * @throws what the driver throws: see prisma-errors.ts
   */
  queryDirectly<Row>({ text, values }: Prisma.Sql): Promise<Row[]> {
    return retryConflicts(() => this.database.query<Row>(text, values as Parameter[]));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.$disconnect();
    await this.database.close();
  }
}

import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Prisma, PrismaClient } from '../generated/prisma/client.js';
import { Database, type Parameter } from './database.js';

/** A Prisma transaction, as `prisma.$transaction(async (tx) => …)` hands it out. */
export type Transaction = Prisma.TransactionClient;

/** Prisma on the open database. Repositories use it; nothing else does. */
@Injectable()
export class PrismaService extends PrismaClient implements OnApplicationShutdown {
  constructor(private readonly database: Database) {
    super({
      adapter: database.adapter,
      transactionOptions: { maxWait: 10_000, timeout: 15_000 },
      // Any other format writes the arguments of a refused call into its error, and so into the log.
      errorFormat: 'minimal',
    });
  }

  /**
   * Runs a transaction that no other one of the same user runs beside: what it counts stays true until it commits, in
   * every process (an advisory lock, held to the end of the transaction). Locks belong to a database, so the key includes
   * the schema, unless that is `public`: earlier versions use the plain key there.
   */
  serialized<Result>(userId: string, work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    return this.$transaction(async (tx) => {
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${userId},
        CASE WHEN current_schema() = 'public' THEN 0 ELSE hashtextextended(current_schema()::text, 0) END))`;
      return work(tx);
    });
  }

  /**
   * Runs one statement past the client and its driver adapter. For the few statements of every batch of deliveries: the
   * client would serialize and parse their parameters, texts of 100 kB and more, twice on the way
   * (docs/performance.md), and the adapter would hold on to the last hundred of them for its debug log.
   *
   * @param statement its values are {@link Parameter}s
   * @returns rows whose columns are text, numbers, booleans and nulls
   * @throws what the driver throws: see prisma-errors.ts
   */
  queryDirectly<Row>({ text, values }: Prisma.Sql): Promise<Row[]> {
    return this.database.query<Row>(text, values as Parameter[]);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.$disconnect();
    await this.database.close();
  }
}

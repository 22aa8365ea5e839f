import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import { Prisma, PrismaClient } from '../generated/prisma/client.js';
import { Database } from './database.js';

/** A Prisma transaction, as `prisma.$transaction(async (tx) => …)` hands it out. */
export type Transaction = Prisma.TransactionClient;

/** Prisma on the open database. Repositories use it; nothing else does. */
@Injectable()
export class PrismaService extends PrismaClient implements OnApplicationShutdown {
  private direct: Promise<SqlDriverAdapter> | undefined;

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
   * every process (an advisory lock, held to the end of the transaction).
   */
  serialized<Result>(userId: string, work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    return this.$transaction(async (tx) => {
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${userId}, 0))`;
      return work(tx);
    });
  }

  /**
   * Runs one statement through the driver adapter alone. For the few statements of every batch of deliveries: the client
   * would serialize and parse their parameters, texts of 100 kB and more, twice on the way (docs/performance.md).
   *
   * @param statement its parameters are text, numbers and nulls
   * @returns rows whose columns are text, numbers, booleans and nulls
   * @throws what the client throws, unwrapped: see prisma-errors.ts
   */
  async queryDirectly<Row>(statement: Prisma.Sql): Promise<Row[]> {
    this.direct ??= this.database.adapter.connect();
    const { columnNames, rows } = await (
      await this.direct
    ).queryRaw({
      sql: statement.text,
      args: statement.values,
      argTypes: statement.values.map((value) => ({
        scalarType: typeof value === 'number' ? 'int' : 'string',
        arity: 'scalar',
      })),
    });
    return rows.map((row) => Object.fromEntries(columnNames.map((name, index) => [name, row[index]])) as Row);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.$disconnect();
    await this.database.close();
  }
}

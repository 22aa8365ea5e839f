import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Prisma, PrismaClient } from '../generated/prisma/client.js';
import { Database } from './database.js';

/** A Prisma transaction, as `prisma.$transaction(async (tx) => …)` hands it out. */
export type Transaction = Prisma.TransactionClient;

/** Prisma on the open database. Repositories use it; nothing else does. */
@Injectable()
export class PrismaService extends PrismaClient implements OnApplicationShutdown {
  constructor(private readonly database: Database) {
    super({ adapter: database.adapter, transactionOptions: { maxWait: 10_000, timeout: 15_000 } });
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

  async onApplicationShutdown(): Promise<void> {
    await this.$disconnect();
    await this.database.close();
  }
}

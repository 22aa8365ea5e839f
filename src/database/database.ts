import type { SqlDriverAdapterFactory } from '@prisma/client/runtime/client';
import { isDiskFull, isReadOnly } from './prisma-errors.js';

/** What to call for each channel. */
export type NotificationHandlers = Readonly<Record<string, (payload: string) => void>>;

/** A parameter of {@link Database.query}. */
export type Parameter = string | number | null | readonly (string | null)[];

/** The reason why a database can't store an event. */
export interface WriteFault {
  reason: 'read-only' | 'disk-full' | 'database';
  /** Of the driver. */
  message: string;
}

/** A PostgreSQL that is open, migrated and ready: the embedded one or a server. */
export abstract class Database {
  /** What it is, for the log: no credentials. */
  abstract readonly description: string;

  /** The schema of our tables. */
  abstract readonly schema: string;

  /** What Prisma speaks to it through. */
  abstract readonly adapter: SqlDriverAdapterFactory;

  /**
   * Runs one statement past Prisma.
   *
   * @returns rows whose columns are texts, numbers, booleans and nulls
   * @throws what the driver throws; see prisma-errors.ts
   */
  abstract query<Row>(sql: string, parameters: readonly Parameter[]): Promise<Row[]>;

  /**
   * Listens for notifications. Called once.
   *
   * @param handlers what to call with the payload of each NOTIFY on a channel, and with an empty payload whenever
   *   notifications may have been missed; the channels are plain identifiers
   */
  abstract listen(handlers: NotificationHandlers): Promise<void>;

  /**
   * Checks that the database can store an event now, on a connection that no other work uses. Called once at a time.
   *
   * @returns undefined if it can
   */
  async writeFault(): Promise<WriteFault | undefined> {
    try {
      await this.probeWrite();
      return undefined;
    } catch (error) {
      const reason = isReadOnly(error) ? 'read-only' : isDiskFull(error) ? 'disk-full' : 'database';
      return { reason, message: (error as Error).message };
    }
  }

  /** @throws what the driver throws when the database can't store an event */
  protected abstract probeWrite(): Promise<void>;

  /** Ends every connection. Nothing may use the database afterwards. */
  abstract close(): Promise<void>;
}

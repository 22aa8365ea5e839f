import type { SqlDriverAdapterFactory } from '@prisma/client/runtime/client';
import type { DatabaseSession } from './database-session.js';
import { isDiskFull, isReadOnly } from './prisma-errors.js';

/** The function to call for each notification channel. */
export type NotificationHandlers = Readonly<Record<string, (payload: string) => void>>;

/** Ends a call of {@link Database.listen}. */
export type StopListening = () => Promise<void>;

/** A parameter of {@link Database.query}. */
export type Parameter = string | number | null | readonly (string | null)[];

/** The reason why a database can't store an event. */
export interface WriteFault {
  reason: 'read-only' | 'disk-full' | 'database';
  /** Of the driver. */
  message: string;
}

/** The connections of a pool at one time. */
export interface PoolUse {
  used: number;
  idle: number;
  /** Statements that wait for a connection, or at the gates of their tables. */
  waiting: number;
  /** The maximum number of connections. */
  max: number;
}

/** A PostgreSQL that is open, migrated and ready: the embedded one or a server. */
export abstract class Database {
  /** A description for the log, without credentials. */
  abstract readonly description: string;

  /** The schema of our tables. */
  abstract readonly schema: string;

  /** The driver adapter for Prisma. */
  abstract readonly adapter: SqlDriverAdapterFactory;

  /**
   * Runs one prepared statement without Prisma, which costs a fraction of Prisma's CPU time.
   *
   * @returns rows of texts, numbers, booleans and nulls
   * @throws the error of the driver; see prisma-errors.ts
   */
  abstract query<Row>(sql: string, parameters: readonly Parameter[]): Promise<Row[]>;

  /**
   * Runs work in one session without time limits, for jobs of an operator. The embedded database has one session, so
   * nothing else may use it meanwhile.
   */
  abstract session<Result>(work: (session: DatabaseSession) => Promise<Result>): Promise<Result>;

  /**
   * Listens for notifications, on a connection of its own for each call.
   *
   * @param handlers called with the payload of each NOTIFY on their channel. They are called with an empty payload whenever
   *   notifications may have been missed. Channels are plain identifiers.
   * @param mark a statement without parameters that the session runs before it listens, also after it was replaced. The
   *   embedded database does not run it
   * @returns ends the listening, and with it the mark
   */
  abstract listen(handlers: NotificationHandlers, mark?: string): Promise<StopListening>;

  /** Undefined without a pool: the embedded database has one session. */
  abstract readonly poolUse: PoolUse | undefined;

  /** Whether notifications arrive now. Undefined before {@link listen}. */
  abstract readonly isListening: boolean | undefined;

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

  /** @throws the error of the driver when the database can't store an event */
  protected abstract probeWrite(): Promise<void>;

  /** Ends every connection. Nothing may use the database afterwards. */
  abstract close(): Promise<void>;
}

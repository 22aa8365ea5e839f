import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils';

/** A PostgreSQL that is open, migrated and ready: the embedded one or a server. */
export abstract class Database {
  /** What it is, for the log: no credentials. */
  abstract readonly description: string;

  /** What Prisma speaks to it through. */
  abstract readonly adapter: SqlDriverAdapterFactory;

  /**
   * Calls `wake` after each NOTIFY on `channel`, and whenever notifications may have been missed.
   *
   * @param channel a plain identifier
   */
  abstract listen(channel: string, wake: () => void): Promise<void>;

  /** Ends every connection. Nothing may use the database afterwards. */
  abstract close(): Promise<void>;
}

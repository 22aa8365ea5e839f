import { databaseOf, type DatabaseOptions } from '../config/config-options.js';
import { migrateServer } from './connection-set-up.js';
import { MIGRATIONS_DIR } from './migrations-dir.js';

/** The database that {@link migrate} migrates. */
export interface MigrateOptions extends DatabaseOptions {
  databaseUrl: string;
  /** Called with a line for each migration. Default: no log. */
  log?: (line: string) => void;
}

/**
 * Applies the missing migrations of this package. It is for applications that migrate in their pipeline as the owner of
 * the tables. They then start with `autoMigrate: false` under a role that only reads and writes.
 *
 * @returns the names of the applied migrations
 * @throws ConfigError or DatabaseStartError
 */
export async function migrate({ log = () => {}, ...options }: MigrateOptions): Promise<string[]> {
  const { databaseUrl, directDatabaseUrl } = databaseOf(options);
  return migrateServer(databaseUrl, MIGRATIONS_DIR, log, directDatabaseUrl);
}

import { DatabaseStartError } from './database-start.error.js';
import type { EmbeddedDatabase } from './embedded-database.js';
import type { MigrationOptions } from './migrator.js';

/**
 * Loads PGlite and opens the embedded database. Applications that use a server need not install PGlite.
 *
 * @throws DatabaseStartError if PGlite is not installed; see also {@link EmbeddedDatabase.open}
 */
export async function openEmbedded(
  dataDir: string,
  migrationsDir: string,
  options?: MigrationOptions,
): Promise<EmbeddedDatabase> {
  const { EmbeddedDatabase } = await load();
  return EmbeddedDatabase.open(dataDir, migrationsDir, options);
}

/**
 * Loads PGlite and opens a database in memory, for tests.
 *
 * @throws DatabaseStartError if PGlite is not installed; see also {@link EmbeddedDatabase.openInMemory}
 */
export async function openInMemory(migrationsDir: string): Promise<EmbeddedDatabase> {
  const { EmbeddedDatabase } = await load();
  return EmbeddedDatabase.openInMemory(migrationsDir);
}

function load() {
  return import('./embedded-database.js').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new DatabaseStartError(
      'The embedded database needs the package "@electric-sql/pglite": install it, or set databaseUrl to a PostgreSQL ' +
        'server.',
      { cause: error },
    );
  });
}

import { loadEnvFile } from './config/env-file.js';
import { loadMigrationConfig } from './config/environment.js';
import { migrateServer } from './database/connection-set-up.js';
import { EmbeddedDatabase } from './database/embedded-database.js';
import { MIGRATIONS_DIR } from './database/migrations-dir.js';
import { runCommand } from './run-command.js';

/** Applies missing migrations, logs each, and exits: see "Owner and application roles" in docs/operating.md. */
await runCommand(async () => {
  loadEnvFile();
  const { databaseUrl, directDatabaseUrl, dataDir } = loadMigrationConfig(process.env);
  if (databaseUrl === undefined) {
    await (await EmbeddedDatabase.open(dataDir, MIGRATIONS_DIR)).close();
    log(`The embedded database in ${dataDir} is up to date.`);
    return;
  }
  const applied = await migrateServer(databaseUrl, MIGRATIONS_DIR, log, directDatabaseUrl);
  if (applied.length === 0) log('Nothing to apply: the database is up to date.');
});

function log(line: string): void {
  process.stdout.write(`${line}\n`);
}

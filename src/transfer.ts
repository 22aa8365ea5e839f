import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { withServices } from './command.module.js';
import { AppConfig } from './config/app-config.js';
import { loadEnvFile } from './config/env-file.js';
import { loadConfig } from './config/environment.js';
import { Database } from './database/database.js';
import { hasDatabaseFiles } from './database/embedded-files.js';
import { runCommand } from './run-command.js';
import { exportDatabase } from './transfer/database-export.js';
import { checkExport, importDatabase } from './transfer/database-import.js';
import type { EndLine } from './transfer/export-format.js';
import { TransferError } from './transfer/transfer.error.js';
import { SecretsCheck } from './webhooks/secrets-check.js';

/** Moves the content of a database through a file: see "Backup, restore, move" in docs/operating.md. */
await runCommand(async () => {
  const { positionals } = parseArgs({ allowPositionals: true });
  const [direction, path, ...others] = positionals;
  if (path === undefined || others.length > 0 || (direction !== 'export' && direction !== 'import')) {
    throw new TransferError('Name one file: "npm run db:export -- FILE" or "npm run db:import -- FILE".');
  }
  loadEnvFile();
  const config = loadConfig(process.env);
  const rows = await (direction === 'export' ? exportTo(path, config) : importFrom(path, config));
  const counts = Object.entries(rows).map(([table, count]) => `${table} ${count}`);
  process.stdout.write(`${direction === 'export' ? 'Exported to' : 'Imported from'} ${path}: ${counts.join(', ')}\n`);
});

async function exportTo(path: string, config: AppConfig): Promise<EndLine['rows']> {
  if (config.databaseUrl === undefined && !(await hasDatabaseFiles(config.dataDir))) {
    throw new TransferError(
      `${resolve(config.dataDir)} has no embedded database. Set DATA_DIR to its directory, or DATABASE_URL to a server.`,
    );
  }
  // An export changes nothing: it applies no migrations.
  return withServices(new AppConfig({ ...config, autoMigrate: false }), async (app) => {
    await app.get(SecretsCheck).verify();
    return exportDatabase(app.get(Database), path);
  });
}

async function importFrom(path: string, config: AppConfig): Promise<EndLine['rows']> {
  const checked = await checkExport(path);
  if (config.secretsKey === undefined && !existsSync(join(config.dataDir, 'secrets.key'))) {
    throw wrongKey(`SECRETS_KEY is not set, and ${resolve(config.dataDir)} has no secrets.key`);
  }
  return withServices(config, async (app) => {
    const fault = await app.get(SecretsCheck).faultOf(checked.secretsCheck);
    if (fault) throw wrongKey(`SECRETS_KEY is not the key of the export: ${fault.message}`);
    return importDatabase(app.get(Database), checked);
  });
}

function wrongKey(reason: string): TransferError {
  return new TransferError(
    `${reason}. Set SECRETS_KEY or SECRETS_KEY_FALLBACKS to the key of the exported database. The key of an embedded ` +
      'database is in the file secrets.key in its DATA_DIR. Nothing was imported.',
  );
}

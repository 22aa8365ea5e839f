import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ConsoleLogger } from '@nestjs/common';
import { AdminModule } from './admin/admin.module.js';
import { helpText, readCommandLine, type CommandLine } from './admin/command-line.js';
import { CommandError, UsageError, type Outcome } from './admin/command.js';
import { COMMANDS } from './admin/commands.js';
import { withModule } from './command.module.js';
import { DomainError } from './common/domain-error.js';
import { InvalidRequestError } from './common/validation-error.js';
import type { AppConfig } from './config/app-config.js';
import { ConfigError } from './config/config-error.js';
import { loadEnvFile } from './config/env-file.js';
import { loadConfig } from './config/environment.js';
import { DatabaseInUseError, DatabaseStartError } from './database/database-start.error.js';
import { translateDatabaseError } from './database/prisma-errors.js';

/** Commands for operators on the configured database: see "Commands for operators" in docs/operating.md. */
async function run(): Promise<void> {
  const line = readCommandLine(process.argv.slice(2), COMMANDS);
  if (line === undefined) {
    process.stdout.write(`${helpText(COMMANDS)}\n`);
    return;
  }
  const { data, text } = await outcomeOf(line);
  process.stdout.write(`${line.flags.has('json') ? JSON.stringify({ data }) : text}\n`);
}

async function outcomeOf({ command, ...invocation }: CommandLine): Promise<Outcome> {
  loadEnvFile();
  // The standard output is for the result.
  const logger = new ConsoleLogger({ logLevels: ['fatal', 'error', 'warn'], forceConsole: true, colors: false });
  return withModule(AdminModule.register(adminConfig()), logger, (app) => command.run({ app, ...invocation }));
}

/** The configuration of the database. All other variables may be missing or invalid. Missing migrations are not applied. */
function adminConfig(): AppConfig {
  const { DATABASE_URL, DIRECT_DATABASE_URL, DATA_DIR } = process.env;
  const config = loadConfig(
    { DATABASE_URL, DIRECT_DATABASE_URL, DATA_DIR, MIGRATE_ON_START: 'false' },
    { secretsKey: false },
  );
  // Opening the embedded database would create it.
  if (config.databaseUrl === undefined && !existsSync(join(config.dataDir, 'postgres'))) {
    throw new CommandError(
      `DATABASE_URL is not set, and ${resolve(config.dataDir)} has no embedded database: set DATABASE_URL or DATA_DIR, ` +
        'or start the service once.',
    );
  }
  return config;
}

/** Prints an error and sets the exit code: 2 for a wrong command line, otherwise 1. */
function fail(thrown: unknown): void {
  const isStart = [CommandError, ConfigError, DatabaseStartError].some((type) => thrown instanceof type);
  const error = (isStart ? thrown : translateDatabaseError(thrown)) as Error;
  const isUsage = error instanceof UsageError || error instanceof InvalidRequestError;
  const isExplained = isStart || isUsage || error instanceof DomainError;
  const cause = error instanceof DomainError && error.cause instanceof Error ? ` (${error.cause.message})` : '';
  const hint =
    error instanceof DatabaseInUseError
      ? '\nWhile the service runs, use the API with a key that has the scope admin.'
      : '';
  const message = isExplained ? `${error.message}${cause}${hint}` : (error.stack ?? error.message);
  const code = error instanceof DomainError ? error.code : isUsage ? 'USAGE' : 'FAILED';
  process.stderr.write(
    process.argv.includes('--json')
      ? `${JSON.stringify({ error: { code, message } })}\n`
      : `${message}\n${isUsage ? '"npm run --silent admin -- help" lists the commands.\n' : ''}`,
  );
  process.exitCode = isUsage ? 2 : 1;
}

await run().catch(fail);

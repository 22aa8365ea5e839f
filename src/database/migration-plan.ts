import { DatabaseStartError } from './database-start.error.js';

/** A migration of this program. */
export interface Migration {
  name: string;
  sql: string;
  checksum: string;
}

/** A row of `_prisma_migrations` that was not rolled back. */
export interface AppliedMigration {
  migration_name: string;
  checksum: string;
  finished_at: Date | null;
}

export interface MigrationPlan {
  /** Migrations that the database lacks, in order. */
  pending: Migration[];
  /** Migrations that a newer version applied and that this version is compatible with. */
  newer: string[];
}

/**
 * The names of both kinds of migrations.
 *
 * - An expanding migration only adds. Programs that do not know it keep working.
 * - A contracting migration removes or changes something that programs no longer use. Its name contains the time of
 *   another migration. Programs that know that migration no longer use it.
 */
const EXPANDS = /^\d{14}_expand_\w+$/;
const CONTRACTS = /^\d{14}_contract_\w+_after_(?<time>\d{14})$/;

/** Whether a program with the migrations `known` works on a database with the unknown migration `name`. */
function isCompatible(name: string, known: Iterable<string>): boolean {
  if (EXPANDS.test(name)) return true;
  const time = CONTRACTS.exec(name)?.groups?.time;
  return time !== undefined && [...known].some((other) => other.startsWith(`${time}_`));
}

/**
 * Compares the migrations of this program with those of the database.
 *
 * @throws DatabaseStartError if they are incompatible
 */
export function planMigrations(
  migrations: readonly Migration[],
  applied: readonly AppliedMigration[],
  schema: string,
): MigrationPlan {
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  const [stranger] = applied;
  if (stranger && !applied.some(({ migration_name: name }) => known.has(name))) {
    throw new DatabaseStartError(
      `The schema ${schema} holds the migrations of another application (${stranger.migration_name}). Add ?schema=docmap to ` +
        'DATABASE_URL: DocMap Webhooks then uses a separate schema. Nothing was changed.',
    );
  }
  for (const record of applied) {
    requireFit(record, known);
  }
  const done = new Set(applied.map((record) => record.migration_name));
  return {
    pending: migrations.filter(({ name }) => !done.has(name)),
    newer: [...done].filter((name) => !known.has(name)),
  };
}

function requireFit(record: AppliedMigration, known: ReadonlyMap<string, Migration>): void {
  const { migration_name: name, checksum, finished_at: finishedAt } = record;
  if (finishedAt === null) {
    throw new DatabaseStartError(
      `Migration ${name} was started but never finished. Check which of its changes are in the database, repair them, ` +
        `and mark it with "prisma migrate resolve --applied ${name}" or "--rolled-back". Nothing was changed now.`,
    );
  }
  const migration = known.get(name);
  if (!migration && !isCompatible(name, known.keys())) {
    throw new DatabaseStartError(
      `The database has the migration ${name}, which this version does not know: a newer one or another application has ` +
        'applied it. Start the newer version, or add ?schema= to DATABASE_URL. Nothing was changed.',
    );
  }
  if (migration && migration.checksum !== checksum) {
    throw new DatabaseStartError(
      `Migration ${name} was edited after it had been applied. Restore the file, and put the change in a new migration. Nothing was changed.`,
    );
  }
}

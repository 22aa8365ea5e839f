import type { Database } from '../database/database.js';
import type { DatabaseSession } from '../database/database-session.js';
import { EXPORTED_TABLES } from '../database/tables.js';
import type { EndLine, ExportHeader, Migrations, RowBatch } from './export-format.js';
import { altered, readExport } from './export-reader.js';
import { columnsOf, insertRows, migrationsOf } from './table-columns.js';
import { TransferError } from './transfer.error.js';

/** An export whose content is complete and unchanged. */
export interface CheckedExport {
  path: string;
  header: ExportHeader;
  end: EndLine;
  /** A known text, encrypted under the key of the exported database: see `SecretsCheck`. */
  secretsCheck: Uint8Array;
}

/**
 * Reads a whole export, and imports nothing.
 *
 * @throws TransferError if the file can't be read, is no export, is cut off or was altered
 */
export async function checkExport(path: string): Promise<CheckedExport> {
  let header: ExportHeader | undefined;
  let end: EndLine | undefined;
  let secretsCheck: Uint8Array | undefined;
  for await (const piece of readExport(path)) {
    if ('header' in piece) header = piece.header;
    else if ('end' in piece) end = piece.end;
    else if (piece.table === 'secrets_check' && piece.rows[0] !== undefined) {
      const value = (JSON.parse(piece.rows[0]) as string[])[piece.columns.indexOf('value')];
      secretsCheck = Buffer.from(value?.replace(/^\\x/, '') ?? '', 'hex');
    }
  }
  if (!secretsCheck) throw altered(path, 'secrets_check has no row');
  return { path, header: header!, end: end!, secretsCheck };
}

/**
 * Inserts all rows of an export into an empty database, in one transaction: all of them or none. The tables are locked
 * against other writers meanwhile.
 *
 * @returns the number of rows by table
 * @throws TransferError if the database is not empty, the migrations differ, or the import fails. Nothing is changed then
 */
export function importDatabase(database: Database, checked: CheckedExport): Promise<EndLine['rows']> {
  return database.session(async (session) => {
    await session.script('BEGIN');
    try {
      requireSameMigrations(checked, await migrationsOf(session));
      await session.script(`LOCK TABLE ${EXPORTED_TABLES.join(', ')} IN EXCLUSIVE MODE`);
      await requireEmpty(session, database.description);
      await insertAll(session, checked);
      await requireCounts(session, checked);
      await session.script('COMMIT');
    } catch (error) {
      await session.script('ROLLBACK').catch(() => undefined);
      if (error instanceof TransferError) throw error;
      throw new TransferError(`The import failed, and nothing was changed: ${(error as Error).message}`, {
        cause: error,
      });
    }
    // Plans are poor without statistics. Autovacuum makes them later, or the embedded database never. Only the owner of
    // the tables may make them now; for other roles, PostgreSQL skips the tables.
    await session.script(`ANALYZE ${EXPORTED_TABLES.join(', ')}`).catch(() => undefined);
    return checked.end.rows;
  });
}

function requireSameMigrations({ path, header: { migrations, release } }: CheckedExport, present: Migrations): void {
  const differences = [
    ...Object.keys(migrations).flatMap((name) =>
      present[name] === undefined
        ? [`only the export has ${name}`]
        : present[name] === migrations[name]
          ? []
          : [`${name} has different texts`],
    ),
    ...Object.keys(present).flatMap((name) =>
      migrations[name] === undefined ? [`only the database has ${name}`] : [],
    ),
  ];
  if (differences.length === 0) return;
  throw new TransferError(
    `The migrations of ${path} and of the database differ: ${differences.join(', ')}. Import with the release that made ` +
      `the export (${release}) into an empty database, and upgrade afterwards. Nothing was imported.`,
  );
}

async function requireEmpty(session: DatabaseSession, place: string): Promise<void> {
  const filled: string[] = [];
  for (const table of EXPORTED_TABLES) {
    if ((await session.query(`SELECT FROM ${table} LIMIT 1`)).length > 0) filled.push(table);
  }
  if (filled.length === 0) return;
  throw new TransferError(
    `The database is not empty (${place}): it has rows in ${filled.join(', ')}. A start of the service makes rows too. ` +
      'Import into a new database before the first start. Nothing was imported.',
  );
}

async function insertAll(session: DatabaseSession, { path, end }: CheckedExport): Promise<void> {
  const inserts = new Map<string, string>();
  for await (const piece of readExport(path)) {
    if ('header' in piece) continue;
    if ('end' in piece) {
      if (piece.end.sha256 !== end.sha256) throw altered(path, 'it changed during the import');
      continue;
    }
    if (!inserts.has(piece.table)) inserts.set(piece.table, await insertFor(session, piece, path));
    if (piece.rows.length > 0) await session.query(inserts.get(piece.table)!, [`[${piece.rows.join(',')}]`]);
  }
  const missing = EXPORTED_TABLES.filter((table) => !inserts.has(table));
  if (missing.length > 0) throw altered(path, `it lacks ${missing.join(', ')}`);
}

/** Table and columns become part of a statement, so they must be those of the database. */
async function insertFor(session: DatabaseSession, { table, columns }: RowBatch, path: string): Promise<string> {
  if (!EXPORTED_TABLES.some((known) => known === table)) throw altered(path, `the table ${table} is unknown`);
  const present = new Map((await columnsOf(session, table)).map((column) => [column.name, column]));
  const used = columns.map((name) => present.get(name)).filter((column) => column !== undefined);
  if (used.length !== columns.length || new Set(columns).size !== present.size) {
    throw altered(path, `the columns of ${table} are not those of the database`);
  }
  return insertRows(table, used);
}

async function requireCounts(session: DatabaseSession, { path, end }: CheckedExport): Promise<void> {
  for (const [table, expected] of Object.entries(end.rows)) {
    const [row] = await session.query<{ count: string }>(`SELECT count(*)::text AS count FROM ${table}`);
    if (row?.count !== String(expected)) {
      throw altered(path, `${table} got ${row?.count} rows instead of ${expected}`);
    }
  }
}

import { VERSION } from '../common/version.js';
import type { Database } from '../database/database.js';
import type { DatabaseSession } from '../database/database-session.js';
import { EXPORTED_TABLES } from '../database/tables.js';
import { BATCH_ROWS, FORMAT, FORMAT_VERSION, type EndLine, type RowBatch } from './export-format.js';
import { writeExport } from './export-writer.js';
import { columnsOf, migrationsOf, orderOf, rowText } from './table-columns.js';

/**
 * Writes all rows of the database to a new file, from one snapshot. Other sessions may write meanwhile. Their changes are
 * not part of the export.
 *
 * @returns the number of rows by table
 * @throws TransferError if the file exists or can't be created
 */
export function exportDatabase(database: Database, path: string): Promise<EndLine['rows']> {
  return database.session(async (session) => {
    await session.script('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL bytea_output = hex');
    try {
      const header = {
        format: FORMAT,
        version: FORMAT_VERSION,
        release: VERSION,
        exportedAt: new Date().toISOString(),
        migrations: await migrationsOf(session),
      } as const;
      return (await writeExport(path, header, rowsOf(session))).rows;
    } finally {
      await session.script('ROLLBACK').catch(() => undefined);
    }
  });
}

async function* rowsOf(session: DatabaseSession): AsyncGenerator<RowBatch> {
  for (const table of EXPORTED_TABLES) {
    const found = await columnsOf(session, table);
    const columns = found.map(({ name }) => name);
    yield { table, columns, rows: [] };
    const rowsInOrder = `SELECT ${rowText(found)} AS text FROM ${table}${await orderOf(session, table)}`;
    await session.script(`DECLARE export_rows NO SCROLL CURSOR FOR ${rowsInOrder}`);
    for (;;) {
      const rows = await session.query<{ text: string }>(`FETCH ${BATCH_ROWS} FROM export_rows`);
      if (rows.length === 0) break;
      yield { table, columns, rows: rows.map(({ text }) => text) };
    }
    await session.script('CLOSE export_rows');
  }
}

import type { DatabaseSession } from '../database/database-session.js';
import { quoteIdentifier } from '../database/session-settings.js';
import type { Migrations } from './export-format.js';

export interface Column {
  name: string;
  /** The type in SQL, such as `timestamp(3) with time zone`. */
  type: string;
}

/**
 * The columns of a table, in the order of the table. A column with generated numbers is left out: the rows of an import get new
 * numbers, in the order of {@link orderOf}. To set the sequence of such a column would need a right that the role may lack.
 */
export function columnsOf(session: DatabaseSession, table: string): Promise<Column[]> {
  return session.query<Column>(
    `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attidentity = '' ORDER BY attnum`,
    [table],
  );
}

/** SQL that sorts the rows of a table by its generated numbers. Empty without them: the order of rows has no meaning. */
export async function orderOf(session: DatabaseSession, table: string): Promise<string> {
  const [column] = await session.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND attidentity <> ''`,
    [table],
  );
  return column === undefined ? '' : ` ORDER BY ${quoteIdentifier(column.name)}, id`;
}

export async function migrationsOf(session: DatabaseSession): Promise<Migrations> {
  const rows = await session.query<{ migration_name: string; checksum: string }>(
    `SELECT migration_name, checksum FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL
     ORDER BY migration_name`,
  );
  return Object.fromEntries(rows.map(({ migration_name: name, checksum }) => [name, checksum]));
}

/** SQL for one row as text: a JSON array with the text of each column. */
export function rowText(columns: readonly Column[]): string {
  return `json_build_array(${columns.map(({ name }) => `${quoteIdentifier(name)}::text`).join(', ')})::text`;
}

/** SQL that inserts the rows of a JSON array. Each row is an array with the texts of the columns. */
export function insertRows(table: string, columns: readonly Column[]): string {
  const names = columns.map(({ name }) => quoteIdentifier(name)).join(', ');
  const values = columns.map(({ type }, at) => `(line->>${at})::${type}`).join(', ');
  return `INSERT INTO ${table} (${names}) SELECT ${values} FROM json_array_elements($1::json) line`;
}

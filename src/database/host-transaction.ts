import { Prisma } from '../generated/prisma/client.js';

/**
 * A transaction of the host application, in the type of its client. It must use the same database as this package.
 *
 * - Prisma, generated from any schema: `prisma.$transaction(async (tx) => …)`
 * - `pg`: a client after `BEGIN`
 * - TypeORM: an `EntityManager` or a `QueryRunner`
 * - Knex: the transaction of `knex.transaction(async (trx) => …)`
 */
export type HostTransaction =
  /* oxlint-disable typescript/no-explicit-any -- these are the signatures of the clients */
  | { $queryRawUnsafe(text: string, ...values: any[]): PromiseLike<unknown> }
  /** Placeholders are `$1`, `$2`, …. Resolves with the rows, or with an object whose `rows` they are. */
  | { query(text: string, values?: any[]): PromiseLike<unknown> }
  /** Placeholders are `?`. Resolves as `query` does. */
  | { raw(text: string, values: any[]): PromiseLike<unknown> };
/* oxlint-enable typescript/no-explicit-any */

/**
 * Runs a statement in a transaction of the host.
 *
 * The statement must qualify its tables with their schema, because the host's session has another `search_path`. All
 * values are sent as text: the drivers encode arrays and numbers in different ways.
 *
 * @returns rows of texts, numbers, booleans and nulls
 * @throws TypeError if `tx` is no supported transaction
 */
export async function queryInTransaction<Row>(tx: HostTransaction, { strings, values }: Prisma.Sql): Promise<Row[]> {
  const texts = values.map(textOf);
  const result = await run(tx, strings, texts);
  const rows = Array.isArray(result) ? result : (result as { rows?: unknown } | undefined)?.rows;
  if (!Array.isArray(rows)) {
    throw new TypeError('The transaction returned no rows: pass one of Prisma, pg, TypeORM or Knex');
  }
  return rows as Row[];
}

/**
 * Refuses a connection that has no open transaction: each of its statements would be committed at once.
 *
 * In a transaction, `now()` is the time of `BEGIN`. Otherwise it is the time of the statement, to the microsecond.
 *
 * @param mark an expression to evaluate in the same statement. It has no parameters: with parameters, a driver begins the
 *   transaction of a single statement before the statement, and the times differ
 * @throws TypeError
 */
export async function requireTransaction(tx: HostTransaction, mark: Prisma.Sql): Promise<void> {
  const [row] = await queryInTransaction<{ open: boolean }>(
    tx,
    Prisma.sql`SELECT now() < statement_timestamp() AS open, ${mark} AS marked`,
  );
  if (row?.open === true) return;
  throw new TypeError(
    'No transaction is open, so the event would be stored even if your own writes fail: ' +
      'begin one before you publish in it, or publish without a second argument',
  );
}

/** @param parts the text between the values */
function run(tx: HostTransaction, parts: readonly string[], values: (string | null)[]): PromiseLike<unknown> {
  const numbered = (): string => parts.reduce((text, part, index) => `${text}$${index}::text${part}`);
  if ('$queryRawUnsafe' in tx) return tx.$queryRawUnsafe(numbered(), ...values);
  if ('query' in tx) return tx.query(numbered(), values);
  if ('raw' in tx) return tx.raw(parts.map((part) => part.replaceAll('?', '\\?')).join('?::text'), values);
  throw new TypeError('The transaction must be one of Prisma, pg, TypeORM or Knex');
}

/** Formats a value in PostgreSQL's text form. */
function textOf(value: unknown): string | null {
  if (value === null) return null;
  if (Array.isArray(value)) return `{${value.map(elementOf).join()}}`;
  if (typeof value !== 'string' && typeof value !== 'number') throw new TypeError('A value must be a text or a number');
  return String(value);
}

function elementOf(value: unknown): string {
  const text = textOf(value);
  return text === null ? 'NULL' : `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}

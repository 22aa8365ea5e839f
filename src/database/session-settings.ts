import { IDLE_IN_TRANSACTION_MS, LIMITS, type Work } from './deadlines.js';

/** Names and values of settings of a database session. */
export type SessionSettings = readonly (readonly [name: string, value: string])[];

/**
 * The settings that every session needs, whatever the server, the database and the role have by default: Prisma's adapter
 * sends times without a zone and reads them as UTC in ISO form, every text, number and backslash is read in one way, and
 * every statement is written for READ COMMITTED. `default_transaction_read_only` is left alone, because hosting providers
 * set it when a disk is full.
 *
 * They are set after connecting, not by `options` of the start-up packet: a user's `options` would replace those, and
 * PgBouncer refuses them.
 *
 * @param work the kind of work that limits the statements; none limits them for migrations
 */
export function sessionSettings(schema: string, work?: Work): SessionSettings {
  return [
    // Temporary tables last: by default their names would win over ours.
    ['search_path', `${quoteIdentifier(schema)}, pg_temp`],
    ['TimeZone', 'UTC'],
    ['DateStyle', 'ISO, MDY'],
    ['IntervalStyle', 'postgres'],
    ['client_encoding', 'UTF8'],
    ['extra_float_digits', '1'],
    ['standard_conforming_strings', 'on'],
    [ISOLATION, 'read committed'],
    ...(work ? limits(work) : []),
  ];
}

const ISOLATION = 'default_transaction_isolation';

function limits(work: Work): SessionSettings {
  return [
    ['statement_timeout', String(LIMITS[work].statementMs)],
    ['lock_timeout', String(LIMITS[work].lockMs)],
    ['idle_in_transaction_session_timeout', String(IDLE_IN_TRANSACTION_MS)],
  ];
}

/**
 * The settings that PgBouncer takes in the start-up packet and restores for each client, whichever connection of the server
 * it gets ("Limitations" in PgBouncer's manual of version 1.18).
 */
export const TRACKED_SETTINGS: Readonly<Record<string, string>> = {
  TimeZone: 'UTC',
  DateStyle: 'ISO, MDY',
  standard_conforming_strings: 'on',
};

/** Sets them for the rest of the session. */
export function setSession(settings: SessionSettings): string {
  return settings
    .map(([name, value]) => `SET ${name} = ${name === 'search_path' ? value : quoteLiteral(value)}`)
    .join('; ');
}

/**
 * Sets for the rest of the transaction those that a pooler does not track, as statements without columns. `SET` for a
 * session would reach other clients of the pooler.
 */
export function setLocally(settings: SessionSettings): string[] {
  const isolation = settings.filter(([name]) => name === ISOLATION);
  const local = settings.filter(
    ([name]) => !(name in TRACKED_SETTINGS) && name !== 'client_encoding' && name !== ISOLATION,
  );
  const calls = local.map(([name, value], at) => `set_config('${name}', ${quoteLiteral(value)}, true) s${at}`);
  return [
    // The default is too late for a transaction that has begun. Its own level is set before its first query, and ends with it
    // although it is not SET LOCAL, which warns outside of a block.
    ...isolation.map(([, value]) => `SET transaction_isolation = ${quoteLiteral(value)}`),
    `SELECT FROM ${calls.join(', ')}`,
  ];
}

export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A name as it is typed, for messages: in quotes only where they are needed. */
export function typedIdentifier(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : quoteIdentifier(name);
}

function quoteLiteral(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

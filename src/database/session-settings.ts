import { IDLE_IN_TRANSACTION_MS, LIMITS, type Work } from './deadlines.js';

/** Names and values of session settings. */
export type SessionSettings = readonly (readonly [name: string, value: string])[];

/**
 * The settings of every session, which override the defaults of server, database and role:
 *
 * - Prisma's adapter sends times without a zone and reads them as UTC in ISO form.
 * - Texts, numbers and backslashes need one interpretation.
 * - Every statement is written for READ COMMITTED.
 *
 * `default_transaction_read_only` is not set, because hosting providers use it when a disk is full.
 *
 * The settings are set after connecting, not by `options` in the start-up packet. A user's `options` would replace those,
 * and PgBouncer rejects them.
 *
 * @param work the kind of work whose limits apply; undefined for migrations, which have no limits
 */
export function sessionSettings(schema: string, work?: Work): SessionSettings {
  return [
    // pg_temp comes last. By default, temporary tables would take precedence over ours.
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
 * Settings that PgBouncer accepts in the start-up packet and restores for each client on any server connection
 * ("Limitations" in the manual of PgBouncer 1.18).
 */
export const TRACKED_SETTINGS: Readonly<Record<string, string>> = {
  TimeZone: 'UTC',
  DateStyle: 'ISO, MDY',
  standard_conforming_strings: 'on',
};

/** Makes SQL that sets settings for the rest of the session. */
export function setSession(settings: SessionSettings): string {
  return settings
    .map(([name, value]) => `SET ${name} = ${name === 'search_path' ? value : quoteLiteral(value)}`)
    .join('; ');
}

/**
 * Makes statements without result columns that set settings for the rest of the transaction. Settings that a pooler tracks
 * are omitted. A session-level `SET` would reach other clients of the pooler.
 */
export function setLocally(settings: SessionSettings): string[] {
  const isolation = settings.filter(([name]) => name === ISOLATION);
  const local = settings.filter(
    ([name]) => !(name in TRACKED_SETTINGS) && name !== 'client_encoding' && name !== ISOLATION,
  );
  const calls = local.map(([name, value], at) => `set_config('${name}', ${quoteLiteral(value)}, true) s${at}`);
  return [
    // The default isolation level comes too late for a running transaction, so its own level is set before the first
    // query. It ends with the transaction. SET LOCAL would do the same, with a warning outside a transaction block.
    ...isolation.map(([, value]) => `SET transaction_isolation = ${quoteLiteral(value)}`),
    `SELECT FROM ${calls.join(', ')}`,
  ];
}

export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Formats an identifier for messages, as a user would type it: quoted only if necessary. */
export function typedIdentifier(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : quoteIdentifier(name);
}

function quoteLiteral(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

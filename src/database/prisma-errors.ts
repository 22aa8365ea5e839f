import { DomainError } from '../common/domain-error.js';

/** Prisma's codes for a database that is unreachable or temporarily overloaded. */
const UNAVAILABLE_PRISMA_CODES = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2034', 'P2037']);

/** Codes for a conflict with another transaction. The rollback is certain, and a retry is likely to succeed. */
const CONFLICT_CODES = /^(40001|40P01|P2034)$/;

/**
 * Codes of Node.js, and these SQLSTATEs (appendix A of PostgreSQL's manual):
 *
 * - connection lost (08) or refused (28, 3D000, 55000);
 * - conflict (40), lock timeout (55P03);
 * - insufficient resources (53), I/O error (58030), read-only (25006);
 * - cancelled or shut down (57014, 57P0x), transaction ended (25P02 to 25P04).
 */
const UNAVAILABLE_CODES =
  /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|08\w{3}|25006|25P0[2-4]|28\w{3}|3D000|40\w{3}|53\w{3}|55000|55P03|57014|57P0[1-5]|58030)$/;

/**
 * As FATAL, the server refuses or ends a session. An example is "could not write init file" while a session begins on a
 * full disk. As ERROR, it concerns a statement.
 */
const INTERNAL_ERROR = 'XX000';
const UNAVAILABLE_KINDS = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TooManyConnections',
  'TransactionAlreadyClosed',
  'TransactionWriteConflict',
]);
const UNAVAILABLE_MESSAGES =
  /Connection terminated|connection timeout|timeout exceeded when trying to connect|timeout expired|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end|PGlite is closed|Engine is not yet connected/i;

/** SQLSTATEs for invalid values: data exceptions (22), constraints (21, 23, 44) and program limits (54). */
const DATA_CODES = /^(21|22|23|44|54)\w{3}$/;
const SQL_STATE = /^[0-9A-Z]{5}$/;

/** An error and its causes, which Prisma and its driver adapter nest. */
function* layersOf(error: unknown): Generator<Record<string, unknown>> {
  for (let depth = 0, current = error; depth < 5 && typeof current === 'object' && current !== null; depth += 1) {
    yield current as Record<string, unknown>;
    const { cause, meta } = current as { cause?: unknown; meta?: { driverAdapterError?: unknown } };
    current = meta?.driverAdapterError ?? cause;
  }
}

/** All codes of an error: of Node.js, PostgreSQL and Prisma. */
function codesOf(error: unknown): string[] {
  return [...layersOf(error)].flatMap(({ code, originalCode }) =>
    [code, originalCode].filter((value) => typeof value === 'string'),
  );
}

/** Whether the database is unavailable at the moment. Such an error says nothing about the query. */
export function isUnavailable(error: unknown): boolean {
  for (const { code, kind, originalCode, message, name, severity } of layersOf(error)) {
    if (name === 'PrismaClientInitializationError') return true;
    if (code === INTERNAL_ERROR && severity === 'FATAL') return true;
    if (typeof code === 'string' && (UNAVAILABLE_PRISMA_CODES.has(code) || UNAVAILABLE_CODES.test(code))) return true;
    if (typeof originalCode === 'string' && UNAVAILABLE_CODES.test(originalCode)) return true;
    if (typeof kind === 'string' && UNAVAILABLE_KINDS.has(kind)) return true;
    if (typeof message === 'string' && UNAVAILABLE_MESSAGES.test(message)) return true;
  }
  return false;
}

/** Whether a conflict with another transaction caused a rollback, so that a retry makes sense. */
export function isConflict(error: unknown): boolean {
  return (
    codesOf(error).some((code) => CONFLICT_CODES.test(code)) ||
    [...layersOf(error)].some(({ kind }) => kind === 'TransactionWriteConflict')
  );
}

/** Whether a statement exceeded its time limit. A smaller one may succeed. */
export function isTimeout(error: unknown): boolean {
  return codesOf(error).some((code) => code === '57014' || code === 'ETIMEDOUT');
}

/** Whether the disk of the database is full or fails. */
export function isDiskFull(error: unknown): boolean {
  return codesOf(error).some((code) => code === '53100' || code === '58030');
}

/** Whether the database is read-only: a standby, or by a setting. */
export function isReadOnly(error: unknown): boolean {
  return codesOf(error).includes('25006');
}

/**
 * Whether a retry may succeed. True for errors of the database, except for invalid values. A missing table or permission
 * also counts, because a migration may add it. False for errors of our own code.
 */
export function isWorthRetrying(error: unknown): boolean {
  if (isUnavailable(error)) return true;
  const codes = codesOf(error).filter((code) => SQL_STATE.test(code));
  return codes.length > 0 && !codes.some((code) => DATA_CODES.test(code));
}

/** Makes a `SERVICE_UNAVAILABLE` of an error of an unavailable database. Returns any other error unchanged. */
export function translateDatabaseError(error: unknown): unknown {
  if (error instanceof DomainError || !isUnavailable(error)) return error;
  return new DomainError('SERVICE_UNAVAILABLE', 'The database is not available at the moment: try again.', {
    retryAfterSeconds: 1,
    cause: error,
  });
}

import { DomainError } from '../common/domain-error.js';

/** Codes of Prisma that mean: the database can't be reached or has no room for us right now. */
const UNAVAILABLE_PRISMA_CODES = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2034', 'P2037']);

/** A conflict with another transaction: rolled back for certain, and likely to succeed when it is repeated. */
const CONFLICT_CODES = /^(40001|40P01|P2034)$/;

/**
 * Codes of Node and PostgreSQL (appendix A of its manual). Of the latter: connection lost (08) or refused (28, 3D000,
 * 55000), conflicts (40), no room (53), a lock not available in time (55P03), cancelled, ended or shut down (57014, 57P0x),
 * a transaction that was ended (25P02 to 25P04), I/O errors (58030), and only a standby for now (25006).
 */
const UNAVAILABLE_CODES =
  /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|08\w{3}|25006|25P0[2-4]|28\w{3}|3D000|40\w{3}|53\w{3}|55000|55P03|57014|57P0[1-5]|58030)$/;
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

/** Errors about values: data exceptions (22), constraints (21, 23, 44), and limits of the program (54). */
const DATA_CODES = /^(21|22|23|44|54)\w{3}$/;
const SQL_STATE = /^[0-9A-Z]{5}$/;

/** The error and what it was caused by, as Prisma and its driver adapter wrap it. */
function* layersOf(error: unknown): Generator<Record<string, unknown>> {
  for (let depth = 0, current = error; depth < 5 && typeof current === 'object' && current !== null; depth += 1) {
    yield current as Record<string, unknown>;
    const { cause, meta } = current as { cause?: unknown; meta?: { driverAdapterError?: unknown } };
    current = meta?.driverAdapterError ?? cause;
  }
}

/** All codes of the error: of Node, PostgreSQL and Prisma. */
function codesOf(error: unknown): string[] {
  return [...layersOf(error)].flatMap(({ code, originalCode }) =>
    [code, originalCode].filter((value) => typeof value === 'string'),
  );
}

/** Whether the error says nothing about the query, only that the database can't do it at the moment. */
export function isUnavailable(error: unknown): boolean {
  for (const { code, kind, originalCode, message, name } of layersOf(error)) {
    if (name === 'PrismaClientInitializationError') return true;
    if (typeof code === 'string' && (UNAVAILABLE_PRISMA_CODES.has(code) || UNAVAILABLE_CODES.test(code))) return true;
    if (typeof originalCode === 'string' && UNAVAILABLE_CODES.test(originalCode)) return true;
    if (typeof kind === 'string' && UNAVAILABLE_KINDS.has(kind)) return true;
    if (typeof message === 'string' && UNAVAILABLE_MESSAGES.test(message)) return true;
  }
  return false;
}

/** Whether the transaction was rolled back because of another one, so that it can be repeated. */
export function isConflict(error: unknown): boolean {
  return (
    codesOf(error).some((code) => CONFLICT_CODES.test(code)) ||
    [...layersOf(error)].some(({ kind }) => kind === 'TransactionWriteConflict')
  );
}

/** Whether a statement was given up because it took too long, as a smaller one might not. */
export function isTimeout(error: unknown): boolean {
  return codesOf(error).some((code) => code === '57014' || code === 'ETIMEDOUT');
}

/** Whether the database is full. */
export function isDiskFull(error: unknown): boolean {
  return codesOf(error).some((code) => code === '53100' || code === '58030');
}

/** Whether the database takes no writes: a standby, or set to read-only. */
export function isReadOnly(error: unknown): boolean {
  return codesOf(error).includes('25006');
}

/**
 * Whether trying again may help: an error of the database that is not about the values of the statement. A missing table or
 * permission is one: it may be there after a migration. An error of our own code is none.
 */
export function isWorthRetrying(error: unknown): boolean {
  if (isUnavailable(error)) return true;
  const codes = codesOf(error).filter((code) => SQL_STATE.test(code));
  return codes.length > 0 && !codes.some((code) => DATA_CODES.test(code));
}

/** What a caller is told when the database fails; other errors come back as they are. */
export function translateDatabaseError(error: unknown): unknown {
  if (error instanceof DomainError || !isUnavailable(error)) return error;
  return new DomainError('SERVICE_UNAVAILABLE', 'The database is not available at the moment: try again.', {
    retryAfterSeconds: 1,
    cause: error,
  });
}

import { DomainError } from '../common/domain-error.js';

/** Codes of Prisma that mean: the database can't be reached or has no room for us right now. */
const UNAVAILABLE_PRISMA_CODES = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2037']);

/**
 * The same, as Node and PostgreSQL (appendix A of its manual) say it. Of the latter: connection lost (08) or refused (28,
 * 3D000, 55000), no room (53), shut down or starting (57P0x), and only a standby for now (25006).
 */
const UNAVAILABLE_CODES =
  /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|08\w{3}|25006|28\w{3}|3D000|53\w{3}|55000|57P0[1-5])$/;
const UNAVAILABLE_KINDS = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TooManyConnections',
  'TransactionAlreadyClosed',
]);
const UNAVAILABLE_MESSAGES =
  /Connection terminated|connection timeout|timeout exceeded when trying to connect|Client has encountered a connection error|Cannot use a pool after calling end|PGlite is closed|Engine is not yet connected/i;

/** Whether the error says nothing about the query, only that the database is out of reach at the moment. */
export function isUnavailable(error: unknown): boolean {
  for (let depth = 0, current = error; depth < 5 && typeof current === 'object' && current !== null; depth += 1) {
    const { code, kind, originalCode, message, name } = current as Record<string, unknown>;
    if (name === 'PrismaClientInitializationError') return true;
    if (typeof code === 'string' && (UNAVAILABLE_PRISMA_CODES.has(code) || UNAVAILABLE_CODES.test(code))) return true;
    if (typeof originalCode === 'string' && UNAVAILABLE_CODES.test(originalCode)) return true;
    if (typeof kind === 'string' && UNAVAILABLE_KINDS.has(kind)) return true;
    if (typeof message === 'string' && UNAVAILABLE_MESSAGES.test(message)) return true;
    const { cause, meta } = current as { cause?: unknown; meta?: { driverAdapterError?: unknown } };
    current = meta?.driverAdapterError ?? cause;
  }
  return false;
}

/** What a caller is told when the database fails; other errors come back as they are. */
export function translateDatabaseError(error: unknown): unknown {
  if (error instanceof DomainError || !isUnavailable(error)) return error;
  return new DomainError('SERVICE_UNAVAILABLE', 'The database is not reachable at the moment.', {
    retryAfterSeconds: 1,
    cause: error,
  });
}

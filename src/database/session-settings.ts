import { IDLE_IN_TRANSACTION_MS, LIMITS, type Work } from './deadlines.js';

/**
 * The statements that set up a new session, as one script. They are no start-up options: the `options` of a URL would
 * replace these, and PgBouncer refuses them.
 *
 * The isolation level is ours whatever the database's default is: every statement is written for READ COMMITTED.
 * `default_transaction_read_only` is left alone, because hosting providers set it when a disk is full.
 */
export function sessionSettings(work: Work): string {
  const { lockMs, statementMs } = LIMITS[work];
  return [
    `SET statement_timeout = ${statementMs}`,
    `SET lock_timeout = ${lockMs}`,
    `SET idle_in_transaction_session_timeout = ${IDLE_IN_TRANSACTION_MS}`,
    `SET default_transaction_isolation = 'read committed'`,
  ].join('; ');
}

/** The database did not answer in time. Prisma's adapter and ours take it for a time-out of the socket. */
export class DatabaseDeadlineError extends Error {
  override readonly name = 'DatabaseDeadlineError';
  readonly code = 'ETIMEDOUT';
  readonly syscall = 'read';
  readonly errno = -110;
}

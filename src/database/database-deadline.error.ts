/** The database did not respond in time. The fields are those of a socket timeout, which Prisma's adapter recognizes. */
export class DatabaseDeadlineError extends Error {
  override readonly name = 'DatabaseDeadlineError';
  readonly code = 'ETIMEDOUT';
  readonly syscall = 'read';
  readonly errno = -110;
}

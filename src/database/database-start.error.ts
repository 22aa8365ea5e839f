/** The database can't be used as it is. The message says why and what to do; it is shown without a stack. */
export class DatabaseStartError extends Error {
  override readonly name = 'DatabaseStartError';
}

/** The database can't be used. The message says why and how to solve it. It is shown without a stack. */
export class DatabaseStartError extends Error {
  override readonly name = 'DatabaseStartError';
}

/** Another process holds the embedded database. */
export class DatabaseInUseError extends DatabaseStartError {}

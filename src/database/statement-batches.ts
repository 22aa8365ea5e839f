import { DatabaseDeadlineError } from './database-deadline.error.js';
import { MAX_BATCH_WAIT_MS } from './deadlines.js';
import { isUnavailable } from './prisma-errors.js';

/** Options of a `Batcher` whose batches are statements: no item is tried alone while the database is away. */
export const STATEMENT_BATCHES = { failsAll: isUnavailable };

/** The same for items that requests wait for. */
export const REQUEST_BATCHES = {
  ...STATEMENT_BATCHES,
  maxWait: {
    ms: MAX_BATCH_WAIT_MS,
    error: () => new DatabaseDeadlineError('too many requests wait for the database'),
  },
};

import { databaseKind } from './database.js';

/**
 * The divisor for the size of a backlog. A full one would take an hour to fill on the embedded database, and a quick run must
 * take seconds. The figures show the size.
 *
 * @param embedded the divisor on the embedded database
 */
export function shrinkage({ quick }: { quick: boolean }, embedded = 20): number {
  return (quick ? 50 : 1) * (databaseKind() === 'embedded' ? embedded : 1);
}

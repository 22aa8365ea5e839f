import { databaseKind } from './database.js';

/**
 * How many times smaller a backlog is made: one on the embedded database would take an hour to fill, and one for trying
 * is to take seconds. The figures say how large it was.
 */
export function shrinkage({ quick }: { quick: boolean }): number {
  return (quick ? 50 : 1) * (databaseKind() === 'embedded' ? 20 : 1);
}

import { setTimeout as delay } from 'node:timers/promises';
import { isConflict } from './prisma-errors.js';

const RETRIES = 3;
/** The first delay at most; each further one may be twice as long. Random, so that two rivals don't meet again. */
const FIRST_DELAY_MS = 20;

/** Repeats a whole transaction that was rolled back because of another one (serialization failure, deadlock). */
export async function retryConflicts<Result>(transaction: () => Promise<Result>): Promise<Result> {
  for (let retry = 0; ; retry += 1) {
    try {
      return await transaction();
    } catch (error) {
      if (retry === RETRIES || !isConflict(error)) throw error;
      await delay(Math.random() * FIRST_DELAY_MS * 2 ** retry);
    }
  }
}

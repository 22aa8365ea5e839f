import { setTimeout as delay } from 'node:timers/promises';
import { isConflict } from './prisma-errors.js';

const RETRIES = 3;
/** Maximum of the first delay; it doubles with each retry. The delay is random, so that two rivals do not meet again. */
const FIRST_DELAY_MS = 20;

/** Repeats a transaction that was rolled back because of a serialization failure or deadlock, up to three times. */
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

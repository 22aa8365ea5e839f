import { setTimeout as delay } from 'node:timers/promises';
import { now } from './clock.js';

/** The intended and the actual time of a request, by {@link now}. */
export interface SendTimes {
  intended: number;
  begun: number;
}

/**
 * Sends requests at a fixed rate, whether or not earlier ones have their response. A stall of the server therefore delays
 * every request that is due meanwhile (no coordinated omission).
 *
 * @param rate requests per second
 * @returns the times of all requests, when all have their response
 * @throws the error of the first request that fails
 */
export async function openLoop(
  { rate, count }: { rate: number; count: number },
  send: (index: number) => Promise<unknown>,
): Promise<SendTimes[]> {
  const times: SendTimes[] = [];
  const answers: Promise<unknown>[] = [];
  const failures: unknown[] = [];
  const begin = now();
  for (let index = 0; index < count && failures.length === 0; index += 1) {
    const intended = begin + (index * 1_000) / rate;
    for (let left = intended - now(); left > 0; left = intended - now()) await delay(left);
    times.push({ intended, begun: now() });
    answers.push(send(index).catch((error: unknown) => failures.push(error)));
  }
  await Promise.all(answers);
  if (failures.length > 0) throw failures[0];
  return times;
}

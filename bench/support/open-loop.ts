import { setTimeout as delay } from 'node:timers/promises';
import { now } from './clock.js';

/** When a request was to be sent and when it was, by {@link now}. */
export interface SendTimes {
  intended: number;
  begun: number;
}

/**
 * Sends at a fixed rate, whether or not earlier requests have their answer: a server that stalls is charged with all
 * that would have come meanwhile (no coordinated omission).
 *
 * @param rate requests a second
 * @returns when each was sent, once all have their answer
 * @throws whatever the first request that failed failed with
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

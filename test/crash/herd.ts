import type { Fault, Outcome } from './support/fault.js';
import type { JournalEntry } from './support/journal.js';
import { Scene } from './support/scene.js';

interface Size {
  deliveries: number;
  /** Requests per second that the receiver accepts after its return. */
  rate: number;
  /** The time between two attempts. It is long enough to leave attempts after the receiver's return. */
  retry: string;
}

/** Requests that a process sends to one webhook at a time. */
const SLOTS = 10;
const RETRY_AFTER_S = 1;

/** Accepts this many requests per second and refuses the others with 429. */
class Quota {
  private second = 0;
  private taken = 0;

  constructor(private readonly rate: number) {}

  take(): boolean {
    const second = Math.floor(performance.now() / 1_000);
    if (second !== this.second) this.taken = 0;
    this.second = second;
    this.taken += 1;
    return this.taken <= this.rate;
  }
}

/** A receiver breaks every connection until all events are queued. Then it returns with few requests per second. */
function run({ deliveries, rate, retry }: Size): Promise<Outcome> {
  return Scene.play({ answer: (response) => void response.destroy() }, async (scene) => {
    const { journal, violations } = scene;
    const { api } = await scene.start({ RETRY_SCHEDULE: ['0s', ...Array.from({ length: 49 }, () => retry)].join() });
    await scene.subscribe(api);
    await scene.publish(api, deliveries);
    // Not all of them: some still wait for their first attempt, as when a receiver is down for longer.
    await journal.reached(deliveries / 5);

    const back = journal.entries.length;
    const begin = performance.now();
    const quota = new Quota(rate);
    journal.answer = (response) => {
      if (!quota.take()) response.writeHead(429, { 'retry-after': String(RETRY_AFTER_S) });
      response.end();
    };
    await scene.settled();
    const seconds = (performance.now() - begin) / 1_000;

    const entries = journal.entries.slice(back);
    const refused = entries.filter(({ status }) => status === 429).length;
    violations.unless(refused > 0, 'a receiver that refused nothing');
    const most = mostInPause(entries);
    violations.unless(most <= SLOTS, 'requests while the webhook asked for a pause', `${most}`);
    const { tally } = await scene.verdict();
    violations.unless(tally.repeats === 0, 'a repeat', `${tally.repeats}`);
    return scene.outcome({
      ...tally,
      'quota /s': rate,
      'taken /s': ((entries.length - refused) / seconds).toFixed(1),
      'refused with 429': refused,
      'most in a pause': most,
      'drained s': seconds.toFixed(0),
    });
  });
}

/** The most requests within one pause: those in flight when the receiver asked for it. */
function mostInPause(entries: JournalEntry[]): number {
  let pauseEnds = 0;
  let count = 0;
  let most = 0;
  for (const { at, status } of entries) {
    if (at < pauseEnds) count += 1;
    else count = 0;
    most = Math.max(most, count);
    if (status === 429 && at >= pauseEnds) pauseEnds = at + RETRY_AFTER_S * 1_000;
  }
  return most;
}

export const herd: Fault = {
  name: 'thundering herd',
  promise: 'a receiver that comes back with 429 and Retry-After gets all, at its own pace',
  short: () => run({ deliveries: 60, rate: 10, retry: '1s' }),
  long: () => run({ deliveries: 5_000, rate: 10, retry: '5s' }),
};

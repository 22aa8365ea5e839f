import type { ServerProcess } from '../support/server-process.js';
import { secondsOf, type Fault, type Outcome } from './support/fault.js';
import type { JournalEntry } from './support/journal.js';
import { Scene } from './support/scene.js';
import { wrongClock } from './support/wrong-clock.js';

const SHIFT_MS = 600_000;
const RETRY_MS = 2_000;
/** Waits vary at random by up to 20 %. */
const JITTER = 0.2;

interface Size {
  events: number;
  /** The most delay of a retry. */
  lateMs: number;
}

/** Two processes, one ten minutes fast and one ten minutes slow, share the work; each delivery fails twice. */
function run({ events, lateMs }: Size): Promise<Outcome> {
  const clock = wrongClock();
  return Scene.play({}, async (scene) => {
    const { journal, violations } = scene;
    journal.answer = (response, { headers }) => {
      response.statusCode = Number(headers['x-docmap-attempt']) < 3 ? 500 : 200;
      response.end();
    };
    const env = { RETRY_SCHEDULE: `0s,${RETRY_MS}ms,${RETRY_MS}ms` };
    const servers = [
      await scene.start({ ...env, ...clock.env(SHIFT_MS) }),
      await scene.start({ ...env, ...clock.env(-SHIFT_MS) }),
    ];
    const off = servers.map(clockErrorOf);
    const isWrong = off.every((error, index) => Math.abs(error - (index === 0 ? 1 : -1) * SHIFT_MS) < 60_000);
    violations.unless(isWrong, 'a clock that is not as wrong as it should be', off.join(' and '));
    for (const { api } of servers) await scene.subscribe(api);
    // No faster than the processes send, even on a slow machine: a retry in a backlog is late.
    const producer = scene.produce(() => servers.map(({ api }) => api), { intervalMs: () => 100 });
    await producer.reached(events);
    await producer.stop();
    await scene.settled();

    const waits = waitsOf(journal.entries);
    const [earliest, latest] = [Math.min(...waits), Math.max(...waits)];
    violations.unless(earliest >= RETRY_MS * (1 - JITTER) - 50, 'an early retry', `${earliest} ms`);
    violations.unless(latest <= RETRY_MS * (1 + JITTER) + lateMs, 'a late retry', `${latest} ms`);
    const { tally, snapshot } = await scene.verdict();
    violations.unless(journal.entries.length === tally.delivered * 3, 'a storm', `${journal.entries.length} requests`);
    const times = journal.entries.map(({ at }) => at);
    const wrongTimes = snapshot.attempts.filter(
      ({ createdAt }) => createdAt < Math.min(...times) - 10_000 || createdAt > Math.max(...times) + 10_000,
    );
    violations.unless(wrongTimes.length === 0, 'a wrong time in the log', String(wrongTimes[0]?.createdAt));
    return scene.outcome({
      ...tally,
      means: clock.means,
      'retries after s': `${secondsOf(earliest)} to ${secondsOf(latest)}`,
    });
  });
}

/** The lead of a process's clock in milliseconds when it became ready, exact to a few seconds. */
function clockErrorOf({ output }: ServerProcess): number {
  const ready = output.find((line) => line.includes('Ready at')) ?? '{}';
  return (JSON.parse(ready) as { time: number }).time - Date.now();
}

/** The milliseconds between the requests of each delivery. */
function waitsOf(entries: JournalEntry[]): number[] {
  const last = new Map<string, number>();
  return entries.flatMap(({ headers, at }) => {
    const id = String(headers['webhook-id']);
    const before = last.get(id);
    last.set(id, at);
    return before === undefined ? [] : [at - before];
  });
}

export const clock: Fault = {
  name: 'clock',
  promise: 'ten minutes wrong in either direction, no retry comes early or late, and none too many',
  short: () => run({ events: 30, lateMs: 20_000 }),
  long: () => run({ events: 300, lateMs: 4_000 }),
};

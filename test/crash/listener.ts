import { eventually, type ApiClient } from '../support/api-client.js';
import type { Fault, Outcome } from './support/fault.js';
import { Scene } from './support/scene.js';

interface Size {
  /** Events while the connection for notifications is broken, and as many after its return. */
  events: number;
  /** The most time of a delivery by polling, which reads the queue each second. */
  polledMs: number;
}

/** Well below the second between two polls: only a notification is as fast. */
const NOTIFIED_MS = 600;
const LISTENING = `datname = current_database() AND query LIKE 'LISTEN%'`;

/** The dispatcher's connection for notifications breaks repeatedly and then stays up. */
function run({ events, polledMs }: Size): Promise<Outcome> {
  return Scene.play({}, (scene) =>
    scene.onDatabase(async (query) => {
      const { violations } = scene;
      const { api } = await scene.start({ ROLE: 'api' });
      await scene.start({ ROLE: 'dispatcher' });
      await scene.subscribe(api);

      const cut = () => query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${LISTENING}`);
      const deaf: number[] = [];
      while (deaf.length < events) {
        await cut();
        deaf.push(await waitOf(scene, api));
      }
      const listeners = async () => (await query(`SELECT pid FROM pg_stat_activity WHERE ${LISTENING}`))[0];
      await eventually(listeners, 'it to listen again');
      const hearing: number[] = [];
      while (hearing.length < events) hearing.push(await waitOf(scene, api));
      await scene.settled();

      const longest = Math.max(...deaf);
      const median = hearing.sort((a, b) => a - b)[Math.floor(events / 2)] ?? Infinity;
      violations.unless(longest <= polledMs, 'a delivery that was not polled for', `${longest} ms`);
      violations.unless(median < NOTIFIED_MS, 'deliveries that no notification brought', `${median} ms`);
      const { tally } = await scene.verdict();
      violations.unless(tally.repeats === 0, 'a repeat', `${tally.repeats}`);
      const figures = { 'polled within ms': Math.round(longest), 'notified in ms (median)': Math.round(median) };
      return scene.outcome({ ...tally, cuts: events, ...figures });
    }),
  );
}

/** Publishes, and resolves with the milliseconds until the request arrives. */
async function waitOf({ journal, promised }: Scene, api: ApiClient): Promise<number> {
  const begin = performance.now();
  const count = journal.entries.length + 1;
  const { id, deliveries } = await api.publish();
  promised.set(id, deliveries);
  await journal.reached(count);
  return performance.now() - begin;
}

export const listener: Fault = {
  name: 'listener cut off',
  promise: 'deliveries go out by polling, and at once when it listens again',
  short: () => run({ events: 5, polledMs: 15_000 }),
  long: () => run({ events: 20, polledMs: 2_500 }),
};

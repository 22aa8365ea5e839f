import { setTimeout as delay } from 'node:timers/promises';
import type { ServerProcess } from '../support/server-process.js';
import type { Fault, Outcome } from './support/fault.js';
import { Scene, SHORT_LEASES } from './support/scene.js';

interface Size {
  kills: number;
  /** Events between two kills, at least. */
  events: number;
}

/** The most attempts in flight, and the most that a kill can repeat. */
const IN_FLIGHT = 16;
/** The kill comes at a random moment of this time, amid a stream of commits. */
const MOMENT_MS = 200;

function run({ kills, events }: Size): Promise<Outcome> {
  return Scene.play({ kind: 'embedded' }, async (scene) => {
    const { violations } = scene;
    const start = () => scene.start({ ...SHORT_LEASES, DISPATCH_CONCURRENCY: String(IN_FLIGHT) });
    let server = await start();
    await scene.subscribe(server.api);
    await scene.subscribe(server.api);
    let serving: ServerProcess[] = [server];
    const producer = scene.produce(() => serving.map(({ api }) => api), { intervalMs: () => 20 });
    for (let kill = 0; kill < kills; kill += 1) {
      await producer.more(events);
      await delay(Math.random() * MOMENT_MS);
      serving = [];
      const { signal } = await scene.crash(server);
      violations.unless(signal === 'SIGKILL', 'a process ended by itself', server.output.slice(-3).join(' | '));
      server = await start();
      serving = [server];
    }
    await producer.more(events);
    await producer.stop();
    await scene.settledBy(server.api);
    const { tally } = await scene.verdict();
    violations.unless(tally.repeats <= kills * IN_FLIGHT, 'more repeats than in flight', `${tally.repeats}`);
    return scene.outcome({ ...tally, kills });
  });
}

export const embeddedKill: Fault = {
  name: 'embedded database',
  promise: 'killed amid writes it opens again, with every accepted event',
  short: () => run({ kills: 1, events: 30 }),
  long: () => run({ kills: 50, events: 20 }),
};

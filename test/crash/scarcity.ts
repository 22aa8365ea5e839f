import type { Fault, Outcome } from './support/fault.js';
import { after } from './support/journal.js';
import { Scene } from './support/scene.js';

const DESCRIPTORS = 128;
const CONNECTIONS = 2;
const WEBHOOKS = 8;

interface Size {
  events: number;
  /** Publishing requests at a time. */
  parallel: number;
}

/** A process with two database connections and few descriptors gets more work at once than it has of both. */
function run({ events, parallel }: Size): Promise<Outcome> {
  return Scene.play({ answer: after(100) }, async (scene) => {
    const url = `${scene.database.env.DATABASE_URL}?connection_limit=${CONNECTIONS}`;
    const launcher = ['prlimit', `--nofile=${DESCRIPTORS}:${DESCRIPTORS}`] as const;
    const { api } = await scene.start({ DATABASE_URL: url }, { launcher });
    for (let webhook = 0; webhook < WEBHOOKS; webhook += 1) await scene.subscribe(api);
    const producer = scene.produce(() => [api], { parallel });
    await producer.reached(events);
    await producer.stop();
    await scene.settled();
    const { tally } = await scene.verdict();
    return scene.outcome({
      ...tally,
      connections: CONNECTIONS,
      descriptors: DESCRIPTORS,
      'requests at a time': parallel,
      'refused for now': producer.refusals.length,
    });
  });
}

export const scarcity: Fault = {
  name: 'full pool, few fds',
  promise: 'it refuses for a while or takes longer, and neither hangs nor ends',
  missing: () => (process.platform === 'linux' ? undefined : 'the program prlimit of Linux'),
  short: () => run({ events: 60, parallel: 60 }),
  long: () => run({ events: 1_000, parallel: 150 }),
};

import { fileURLToPath } from 'node:url';
import { eventually } from '../support/api-client.js';
import type { ServerProcess } from '../support/server-process.js';
import type { Fault, Outcome } from './support/fault.js';
import { within } from './support/journal.js';
import { Scene } from './support/scene.js';
import type { Subscription } from './support/verdict.js';

const HOST_APP = fileURLToPath(new URL('support/host-app.mjs', import.meta.url));
const WEBHOOKS = 3;
const DELETED_WEBHOOKS = 3;

interface Size {
  events: number;
  /** Events that another application publishes in committed transactions. It rolls back the same number. */
  committed: number;
}

/** No fault at all: processes of all roles share the work, webhooks are deleted, and transactions rolled back. */
function run({ events, committed }: Size): Promise<Outcome> {
  return Scene.play({ answer: within(20) }, async (scene) => {
    const { violations, promised } = scene;
    const { api } = await scene.start({ ROLE: 'api' });
    await scene.start({ ROLE: 'dispatcher' });
    for (let count = 0; count < WEBHOOKS; count += 1) await scene.subscribe(api);
    const doomed: Subscription[] = [];
    for (let count = 0; count < DELETED_WEBHOOKS; count += 1) doomed.push(await scene.subscribe(api));

    const apis = () => [api];
    const producer = scene.produce(apis, { intervalMs: () => 20 });
    const deletions = async (): Promise<void> => {
      for (const webhook of doomed) {
        await producer.more(Math.ceil(events / 10));
        await scene.unsubscribe(apis, webhook);
      }
    };
    const publishing = scene.start({ TRANSACTIONS: String(committed * 2) }, { script: HOST_APP });
    const [host] = await Promise.all([publishing, deletions()]);
    for (const [id, deliveries] of await committedBy(host)) promised.set(id, deliveries);
    await producer.reached(events);
    await producer.stop();
    await scene.settled();

    const { tally, snapshot } = await scene.verdict();
    violations.unless(tally.repeats === 0, 'a repeat without a fault', `${tally.repeats}`);
    violations.unless(
      snapshot.events.length === promised.size,
      'an event that nobody promised',
      `${snapshot.events.length}`,
    );
    const cancelled = snapshot.deliveries.filter(({ state }) => state === 'cancelled').length;
    return scene.outcome({ ...tally, processes: 3, 'rolled back': committed, 'cancelled by deletion': cancelled });
  });
}

/** The promises of the other application, after all its transactions. */
async function committedBy({ output }: ServerProcess): Promise<[string, number][]> {
  const find = async () => output.find((text) => text.startsWith('{"committed"'));
  const line = await eventually(find, 'the transactions', 120_000, 100);
  return Object.entries((JSON.parse(line) as { committed: Record<string, number> }).committed);
}

export const control: Fault = {
  name: 'no fault',
  promise: 'several processes send each delivery once, nothing after a deletion, and nothing that was rolled back',
  short: () => run({ events: 60, committed: 20 }),
  long: () => run({ events: 2_000, committed: 200 }),
};

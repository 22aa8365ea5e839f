import type { ApiClient } from '../support/api-client.js';
import type { Fault, Outcome } from './support/fault.js';
import { Scene } from './support/scene.js';

interface Size {
  rounds: number;
}

const KIB = 1_024;

/** Bodies of `data` as text, because JavaScript can't write some of them. */
const PAYLOADS: Record<string, string> = {
  'NUL as an escape': String.raw`{"text":"a\u0000b"}`,
  'NUL as a byte': '{"text":"a\0b"}',
  'a lone high surrogate': String.raw`{"text":"\ud83d"}`,
  'a lone low surrogate': String.raw`{"text":"\ude00"}`,
  'a surrogate in a key': String.raw`{"\ud83d":1}`,
  'just below 256 KiB': JSON.stringify({ text: 'x'.repeat(255 * KIB) }),
  'over 256 KiB': JSON.stringify({ text: 'x'.repeat(256 * KIB) }),
  'depth 90': nested(90),
  'depth 10,000': nested(10_000),
  'a number beyond all bounds': '{"n":1e999}',
  'a key of the prototype': '{"__proto__":{"polluted":true}}',
  'no JSON': '{"text":',
};

function nested(depth: number): string {
  return `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
}

/** Events that are hard to store, sign or send are mixed with harmless ones. One webhook has an unreadable secret. */
function run({ rounds }: Size): Promise<Outcome> {
  return Scene.play({}, async (scene) => {
    const { violations } = scene;
    const { api } = await scene.start({ RETRY_SCHEDULE: '0s' });
    await scene.subscribe(api);
    const unreadable = await scene.subscribe(api);
    unreadable.undeliverable = true;
    await scene.onDatabase((query) => query(`UPDATE webhooks SET secret = '\\x07' WHERE id = '${unreadable.uuid}'`));

    const producer = scene.produce(() => [api], { intervalMs: () => 20 });
    let refused = 0;
    for (let round = 0; round < rounds; round += 1) {
      for (const [what, data] of Object.entries(PAYLOADS)) {
        const status = await publish(scene, api, data);
        violations.unless(
          [202, 400, 413].includes(status),
          'a poisonous event that was answered otherwise',
          `${what}: ${status}`,
        );
        if (status !== 202) refused += 1;
      }
    }
    await producer.more(20);
    await producer.stop();
    await scene.settled();

    const { tally, snapshot } = await scene.verdict();
    const poisoned = snapshot.deliveries.filter(({ webhookUuid }) => webhookUuid === unreadable.uuid);
    const once = poisoned.every(({ state, attempts }) => state === 'exhausted' && attempts === 1);
    violations.unless(once, 'a delivery without a secret that has not one failed record');
    return scene.outcome({ ...tally, 'refused at accept': refused, 'unsignable, one failed record': poisoned.length });
  });
}

async function publish(scene: Scene, api: ApiClient, data: string): Promise<number> {
  const body = `{"event":"extraction.completed","userId":"uid_local","extractionId":"extract-poison","data":${data}}`;
  const answer = await api.request('POST', '/v1/events', { body });
  if (answer.status === 202) scene.promised.set(String(answer.body.data.id), Number(answer.body.data.deliveries));
  return answer.status;
}

export const poison: Fault = {
  name: 'poison',
  promise: 'an unsendable event is refused, or has one failed record, and the queue moves on',
  short: () => run({ rounds: 1 }),
  long: () => run({ rounds: 20 }),
};

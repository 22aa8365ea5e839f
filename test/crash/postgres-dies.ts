import type { ApiResponse } from '../support/api-client.js';
import { after } from './support/journal.js';
import { secondsOf, type Fault, type Outcome } from './support/fault.js';
import { PrivateCluster } from './support/private-cluster.js';
import { Scene, SHORT_LEASES } from './support/scene.js';

interface Size {
  crashes: number;
  /** Events between two crashes. */
  events: number;
  /** The most time until an event is accepted and sent again after the server accepts connections. */
  recoveryMs: number;
}

async function run(size: Size): Promise<Outcome> {
  const cluster = await PrivateCluster.create();
  return Scene.play({ database: cluster, answer: after(20) }, async (scene) => {
    const { violations, journal } = scene;
    const { api, output } = await scene.start(SHORT_LEASES);
    await scene.subscribe(api);
    await scene.subscribe(api);
    const producer = scene.produce(() => [api]);
    let recoveryMs = 0;
    for (let crash = 0; crash < size.crashes; crash += 1) {
      await producer.more(size.events);
      await cluster.crash();
      for (const path of ['/v1/webhooks', '/health/ready']) {
        violations.unless(isRefusal(await api.get(path)), 'another answer than 503 while the server is away', path);
      }
      violations.unless((await api.get('/health')).status === 200, 'no sign of life while the server is away');
      await cluster.start();
      const begin = performance.now();
      const sent = journal.entries.length;
      await producer.more(1);
      await journal.reached(sent + 1);
      recoveryMs = Math.max(recoveryMs, performance.now() - begin);
    }
    await producer.stop();
    await scene.settled();

    const strange = producer.refusals.find((answer) => !isRefusal(answer));
    violations.unless(strange === undefined, 'a refusal other than 503', JSON.stringify(strange));
    violations.unless(producer.refusals.length > 0, 'no refusal');
    violations.unless(!output.join('\n').includes('could not be recorded'), 'an attempt that could not be recorded');
    violations.unless(recoveryMs <= size.recoveryMs, 'a slow recovery', `${recoveryMs} ms`);
    const { tally } = await scene.verdict();
    return scene.outcome({
      ...tally,
      crashes: size.crashes,
      refused: producer.refusals.length,
      'recovery s': secondsOf(recoveryMs),
    });
  });
}

function isRefusal({ status, headers, body }: ApiResponse<{ error?: { code: string } }>): boolean {
  return status === 503 && body.error?.code === 'SERVICE_UNAVAILABLE' && headers.has('retry-after');
}

export const postgresDies: Fault = {
  name: 'PostgreSQL dies',
  promise: 'the API answers 503, no process ends, and nothing accepted is lost',
  missing: () => (PrivateCluster.isPossible ? undefined : "the programs of PostgreSQL's server"),
  short: () => run({ crashes: 2, events: 30, recoveryMs: 30_000 }),
  long: () => run({ crashes: 20, events: 100, recoveryMs: 5_000 }),
};

import type { DatabaseKind } from '../support/database.js';
import type { ServerProcess } from '../support/server-process.js';
import { secondsOf, type Fault, type Outcome } from './support/fault.js';
import { after } from './support/journal.js';
import { Scene } from './support/scene.js';

const DEADLINE_MS = 5_000;
/** The most time that an orderly stop may take besides the attempts in flight. */
const MARGIN_MS = 5_000;

interface Size {
  kind: DatabaseKind;
  stops: number;
  /** Events between two stops, at least. */
  events: number;
  /**
   * Milliseconds between two events of each of four producers. With 0, the backlog takes longer to send than to
   * publish.
   */
  intervalMs: number;
}

function play({ kind, stops, events, intervalMs }: Size): Promise<Outcome> {
  return Scene.play({ kind, answer: after(100) }, async (scene) => {
    const { violations, journal } = scene;
    const start = () => scene.start({ DELIVERY_TIMEOUT_MS: String(DEADLINE_MS) });
    let server = await start();
    await scene.subscribe(server.api);
    await scene.subscribe(server.api);
    let serving: ServerProcess[] = [server];
    const producer = scene.produce(() => serving.map(({ api }) => api), { intervalMs: () => intervalMs });
    let longestMs = 0;
    for (let stop = 0; stop < stops; stop += 1) {
      const sent = journal.entries.length;
      await Promise.all([producer.more(events), journal.reached(sent + 10)]);
      const begin = performance.now();
      await scene.stop(server);
      longestMs = Math.max(longestMs, performance.now() - begin);
      serving = [];
      server = await start();
      serving = [server];
    }
    await producer.stop();
    await (kind === 'server' ? scene.settled() : scene.settledBy(server.api));
    const { tally } = await scene.verdict();
    violations.unless(longestMs < DEADLINE_MS + MARGIN_MS, 'a stop that took too long', `${longestMs} ms`);
    violations.unless(tally.repeats === 0, 'a repeat after an orderly stop', `${tally.repeats}`);
    return scene.outcome({ ...tally, stops, 'longest stop s': secondsOf(longestMs) });
  });
}

const promise = 'under load, it exits with 0 in time, and loses and repeats nothing';

export const stopOnServer: Fault = {
  name: 'SIGTERM, server',
  promise,
  short: () => play({ kind: 'server', stops: 1, events: 40, intervalMs: 50 }),
  long: () => play({ kind: 'server', stops: 20, events: 60, intervalMs: 0 }),
};

export const stopEmbedded: Fault = {
  name: 'SIGTERM, embedded',
  promise,
  short: () => play({ kind: 'embedded', stops: 1, events: 40, intervalMs: 50 }),
  long: () => play({ kind: 'embedded', stops: 5, events: 60, intervalMs: 0 }),
};

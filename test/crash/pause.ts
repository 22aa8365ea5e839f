import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../support/api-client.js';
import type { Fault, Outcome } from './support/fault.js';
import { Scene, SHORT_LEASES } from './support/scene.js';

interface Size {
  rounds: number;
  /** Events of each round, twice as many as a webhook has slots: some are in flight, some wait. */
  events: number;
}

/** Requests that a process sends to one webhook at a time. */
const SLOTS = 10;
const LOST_LEASE = 'the lease was lost before its attempt was recorded';

/**
 * One process has sent requests and is stopped before it can record them. After the end of its leases, another one
 * delivers. Then the first continues with deliveries that it no longer owns.
 */
function run({ rounds, events }: Size): Promise<Outcome> {
  return Scene.play({}, async (scene) => {
    const { journal, violations } = scene;
    let sleeper = await scene.start(SHORT_LEASES);
    await scene.subscribe(sleeper.api);
    let refused = 0;
    let late = 0;
    for (let round = 0; round < rounds; round += 1) {
      const held = new Set<ServerResponse>();
      journal.answer = (response) => {
        held.add(response);
        response.once('close', () => held.delete(response));
      };
      const { api } = sleeper;
      const producer = scene.produce(() => [api]);
      await producer.more(events);
      await producer.stop();
      await eventually(async () => (held.size === SLOTS ? true : undefined), 'requests in flight');
      process.kill(sleeper.pid, 'SIGSTOP');
      journal.answer = (response) => response.end();
      for (const response of held) response.end();

      const heir = await scene.start(SHORT_LEASES);
      await scene.settled();
      const requests = journal.entries.length;
      const records = await recorded(scene);
      process.kill(sleeper.pid, 'SIGCONT');
      const { output } = sleeper;
      const refusals = () => output.filter((line) => line.includes(LOST_LEASE)).length;
      await eventually(async () => (refusals() >= SLOTS ? true : undefined), 'the refusals of late settlements');
      // The queue is read at least once in this time.
      await delay(1_500);
      refused += refusals();
      late += journal.entries.length - requests;
      violations.unless((await recorded(scene)) === records, 'a record of a process that had lost its lease');
      await scene.stop(sleeper);
      sleeper = heir;
    }
    const { tally } = await scene.verdict();
    // A stopped process sends the requests that it had begun when it continues. It does not send the waiting ones.
    violations.unless(late <= rounds * SLOTS, 'requests of a process that had lost its lease', `${late}`);
    return scene.outcome({ ...tally, pauses: rounds, 'settlements refused': refused, 'late requests': late });
  });
}

/** The number of attempts in the log. */
function recorded(scene: Scene): Promise<number> {
  return scene.onDatabase(async (query) => {
    const [row] = await query('SELECT count(*)::int AS count FROM delivery_attempts');
    return Number(row?.count);
  });
}

export const pause: Fault = {
  name: 'paused process',
  promise: 'a record after the end of the lease is refused, and no delivery is recorded twice',
  short: () => run({ rounds: 1, events: 20 }),
  long: () => run({ rounds: 5, events: 20 }),
};

import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../support/api-client.js';
import type { Fault, Outcome } from './support/fault.js';
import { Scene } from './support/scene.js';

interface Size {
  rounds: number;
  /** Events of each round, twice as many as a webhook has slots: some are in flight, some wait. */
  events: number;
}

const LOST_LEASE = 'the lease was lost before its attempt was recorded';

/**
 * One process has sent and is stopped before it can record that. When its leases have ended, another one delivers. Then
 * the first goes on, and believes that its deliveries are still its own.
 */
function run({ rounds, events }: Size): Promise<Outcome> {
  return Scene.play({}, async (scene) => {
    const { journal, violations } = scene;
    const api = await scene.start({ ROLE: 'api' });
    await scene.subscribe(api.api);
    let refused = 0;
    for (let round = 0; round < rounds; round += 1) {
      const sleeper = await scene.start({ ROLE: 'dispatcher' });
      const held: (() => void)[] = [];
      journal.answer = (response) => void held.push(() => response.end());
      const before = journal.entries.length;
      const producer = scene.produce(() => [api.api]);
      await producer.more(events);
      await producer.stop();
      await eventually(async () => (held.length >= 10 ? true : undefined), 'requests in flight');
      process.kill(sleeper.pid, 'SIGSTOP');
      const inFlight = journal.entries.length - before;
      journal.answer = (response) => response.end();
      for (const answer of held) answer();

      const heir = await scene.start({ ROLE: 'dispatcher' });
      await scene.settled();
      const sent = journal.entries.length;
      process.kill(sleeper.pid, 'SIGCONT');
      const refusals = () => sleeper.output.filter((line) => line.includes(LOST_LEASE)).length;
      await eventually(async () => (refusals() >= inFlight ? true : undefined), 'the refusals of late settlements');
      // One look at the queue, at least, comes in this time.
      await delay(1_500);
      refused += refusals();
      violations.unless(journal.entries.length === sent, 'a request of a process that had lost its lease');
      await Promise.all([scene.stop(sleeper), scene.stop(heir)]);
    }
    const { tally, snapshot } = await scene.verdict();
    const recorded = snapshot.attempts.length;
    violations.unless(recorded === snapshot.deliveries.length, 'more attempts recorded than deliveries', `${recorded}`);
    return scene.outcome({ ...tally, pauses: rounds, 'settlements refused': refused });
  });
}

export const pause: Fault = {
  name: 'paused process',
  promise: 'what it records after its lease is refused, and no delivery is recorded twice',
  short: () => run({ rounds: 1, events: 20 }),
  long: () => run({ rounds: 5, events: 20 }),
};

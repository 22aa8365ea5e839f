import { inRounds, type Bench, type BenchRun } from '../bench.js';
import { percentile } from '../report/statistics.js';
import { HANG, NOTE } from '../support/receiver.js';
import { traceEvents, type TracedEvent } from '../support/trace.js';

const USERS = 50;
const HANGING = 5;
/** Events per second, spread evenly. */
const RATE = 200;
/** Longer than the deadline of an attempt (10 s): then the hanging webhooks hold all slots they get, and have retries. */
const SATURATION_SECONDS = 15;
const WARM_UP_SECONDS = 5;
const SECONDS = 20;

/**
 * The latency of healthy webhooks while other webhooks hang until the deadline. The healthy webhooks get events at the same
 * rate in both parts. The hanging webhooks get none in the first part.
 */
export const isolation: Bench = {
  name: 'isolation',
  async run(run) {
    const rounds = await inRounds(run, () => isolationOnce(run));
    return [
      {
        bench: 'isolation',
        what: `p99 of ${USERS - HANGING} webhooks while ${HANGING} hang`,
        unit: 'ms',
        values: rounds.map(({ beside }) => beside),
        reference: { what: 'none hangs', values: rounds.map(({ alone }) => alone) },
        asked: [{ of: 'ratio', is: 'at most', bound: 1.5 }],
      },
    ];
  },
};

async function isolationOnce({ stage, options }: BenchRun): Promise<{ alone: number; beside: number }> {
  const { receiver } = stage;
  const users = Array.from({ length: USERS }, (_, index) => `uid_${index}`);
  const hanging = new Set(users.slice(0, HANGING));
  const healthy = users.slice(HANGING);
  const webhooks = users.map((userId) => ({
    userId,
    url: `${receiver.url}${hanging.has(userId) ? HANG : NOTE}${userId}`,
  }));
  const { client } = await stage.server(await stage.database(webhooks));
  const seconds = options.quick ? 3 : SECONDS;
  const alone = await traceEvents(client, receiver, {
    rate: (RATE * healthy.length) / USERS,
    seconds: WARM_UP_SECONDS + seconds,
    users: healthy,
  });
  const beside = await traceEvents(client, receiver, {
    rate: RATE,
    seconds: SATURATION_SECONDS + seconds,
    users,
    traced: (userId) => !hanging.has(userId),
  });
  await stage.clear();
  return { alone: tailOf(alone, WARM_UP_SECONDS), beside: tailOf(beside, SATURATION_SECONDS) };
}

/** The p99 in milliseconds of the events whose intended time is after the first `afterSeconds`. */
function tailOf(events: readonly TracedEvent[], afterSeconds: number): number {
  const begin = (events[0]?.intended ?? 0) + afterSeconds * 1_000;
  const later = events.filter(({ intended }) => intended >= begin);
  return percentile(
    later.map(({ arrived, intended }) => arrived - intended),
    0.99,
  );
}

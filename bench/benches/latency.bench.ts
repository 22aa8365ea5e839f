import { inRounds, type Bench, type BenchRun } from '../bench.js';
import { percentile } from '../report/statistics.js';
import { eventOf } from '../support/events.js';
import { latenciesOf } from '../support/latencies.js';
import { openLoop } from '../support/open-loop.js';
import type { BenchServer } from '../support/server.js';

/** Events a second. */
const RATE = 200;
const SECONDS = 30;
/** The events are spread over so many users with a webhook each. */
const USERS = 10;

/**
 * How long an event takes from its producer to the first byte at the receiver. It counts from when it was to be sent:
 * from the begin of its request alone, what a busy machine held up would be left out.
 */
export const latency: Bench = {
  name: 'latency',
  async run(run) {
    const { stage, options } = run;
    const users = Array.from({ length: USERS }, (_, index) => `uid_${index}`);
    const server = await stage.server(
      await stage.database(users.map((userId) => ({ userId, url: `${stage.receiver.url}/${userId}` }))),
    );
    const count = RATE * (options.quick ? 3 : SECONDS);
    const measure = async (events: number) => ({
      bare: await stage.bareLoop.latencies(RATE, events),
      ...(await latenciesOnce(run, server, events)),
    });
    const rounds = await inRounds(
      run,
      () => measure(RATE * 3),
      () => measure(count),
    );
    const shares = [0.5, 0.99];
    return [
      ...shares.map((share) => ({
        bench: 'latency',
        what: `p${share * 100} from the intended time, ${RATE} events/s`,
        unit: 'ms',
        values: rounds.map(({ intended }) => percentile(intended, share)),
        reference: { what: 'bare loop', values: rounds.map(({ bare }) => percentile(bare, share)) },
        asked: [{ of: 'value' as const, is: 'at most' as const, bound: share === 0.5 ? 10 : 50 }],
      })),
      ...shares.map((share) => ({
        bench: 'latency',
        what: `p${share * 100} from the request's begin`,
        unit: 'ms',
        values: rounds.map(({ begun }) => percentile(begun, share)),
      })),
    ];
  },
};

async function latenciesOnce({ stage: { receiver } }: BenchRun, server: BenchServer, count: number) {
  const bodies = Array.from({ length: count }, (_, index) =>
    JSON.stringify(eventOf(`uid_${index % USERS}`, `extract-${index}`)),
  );
  await receiver.reset({ goal: count, noting: true });
  const [times] = await Promise.all([
    openLoop({ rate: RATE, count }, (index) => server.client.post('/v1/events', bodies[index] ?? '')),
    receiver.reached(),
  ]);
  const arrivals = await receiver.arrivals();
  return {
    intended: latenciesOf(times, arrivals, ({ intended }) => intended),
    begun: latenciesOf(times, arrivals, ({ begun }) => begun),
  };
}

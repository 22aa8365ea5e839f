import { inRounds, type Bench } from '../bench.js';
import type { Figure } from '../report/figure.js';
import { percentile } from '../report/statistics.js';
import { NOTE } from '../support/receiver.js';
import { traceEvents } from '../support/trace.js';

/** Events per second. */
const RATE = 200;
const SECONDS = 30;
const WARM_UP_SECONDS = 3;
/** The number of users, with a webhook each. They get the events in turn. */
const USERS = 10;
const MEDIAN = { name: 'p50', share: 0.5, bound: 10 };
const TAIL = { name: 'p99', share: 0.99, bound: 50 };

/**
 * The time of an event from its producer to the first byte at the receiver. It counts from the intended time. A time from
 * the start of the request would omit the delay of a busy machine.
 */
export const latency: Bench = {
  name: 'latency',
  async run(run) {
    const { stage, options } = run;
    const { receiver, bareLoop } = stage;
    const users = Array.from({ length: USERS }, (_, index) => `uid_${index}`);
    const webhooks = users.map((userId) => ({ userId, url: `${receiver.url}${NOTE}${userId}` }));
    const { client } = await stage.server(await stage.database(webhooks));
    const measure = async (seconds: number) => ({
      bare: await bareLoop.latencies(RATE, RATE * seconds),
      events: await traceEvents(client, receiver, { rate: RATE, seconds, users }),
    });
    const seconds = options.quick ? WARM_UP_SECONDS : SECONDS;
    const rounds = await inRounds(
      run,
      () => measure(seconds),
      () => measure(WARM_UP_SECONDS),
    );
    const figures = [MEDIAN, TAIL].map(({ name, share, bound }): Figure => ({
      bench: 'latency',
      what: `${name} from the intended time, ${RATE} events/s`,
      unit: 'ms',
      values: rounds.map(({ events }) =>
        percentile(
          events.map(({ arrived, intended }) => arrived - intended),
          share,
        ),
      ),
      reference: { what: 'bare loop', values: rounds.map(({ bare }) => percentile(bare, share)) },
      asked: [{ of: 'value', is: 'at most', bound }],
    }));
    const fromBegin = [MEDIAN, TAIL].map(({ name, share }): Figure => ({
      bench: 'latency',
      what: `${name} from the request's start`,
      unit: 'ms',
      values: rounds.map(({ events }) =>
        percentile(
          events.map(({ arrived, begun }) => arrived - begun),
          share,
        ),
      ),
    }));
    return [...figures, ...fromBegin];
  },
};

import { inRounds, type Bench, type BenchRun } from '../bench.js';
import { median } from '../report/statistics.js';
import { fillBacklog, settleDown } from '../support/backlog.js';
import { NOTE } from '../support/receiver.js';
import { shrinkage } from '../support/scale.js';
import type { BenchServer } from '../support/server.js';
import { traceEvents } from '../support/trace.js';

const BUSY = 'uid_busy';
const OTHER = 'uid_other';
const BACKLOG = 500_000;
/** The embedded database sends up to 4,000 deliveries per second. A backlog of 25,000 was drained during the measurement. */
const EMBEDDED_DIVISOR = 5;
const EVENTS_PER_CHUNK = 1_000;
/** Single events of the other user per second. */
const RATE = 5;
const SECONDS = 20;
/** A server runs for this time before it is measured. */
const WARM_UP_SECONDS = 5;

/** The time of a webhook's new delivery while another webhook has many due deliveries. The reference is an empty queue. */
export const fairness: Bench = {
  name: 'fairness',
  async run(run) {
    const backlog = BACKLOG / shrinkage(run.options, EMBEDDED_DIVISOR);
    const rounds = await inRounds(run, () => fairnessOnce(run, backlog));
    return [
      {
        bench: 'fairness',
        what: `median next to ${backlog.toLocaleString('en-US')} due deliveries of one webhook`,
        unit: 'ms',
        values: rounds.map(({ beside }) => beside),
        reference: { what: 'empty queue', values: rounds.map(({ alone }) => alone) },
        asked: [{ of: 'value', is: 'at most', bound: 100 }],
      },
    ];
  },
};

async function fairnessOnce(run: BenchRun, backlog: number): Promise<{ alone: number; beside: number }> {
  const { stage, tell } = run;
  const { receiver } = stage;
  const database = await stage.database();
  const [busy = ''] = await database.addWebhooks([
    { userId: BUSY, url: `${receiver.url}/busy` },
    { userId: OTHER, url: `${receiver.url}${NOTE}other` },
  ]);

  const idle = await stage.server(database);
  const alone = await medianOf(run, idle);
  await idle.stop();

  tell(`filling ${backlog} deliveries`);
  await database.prepare(async (session) => {
    await fillBacklog(session, {
      userId: BUSY,
      chunks: Math.ceil(backlog / EVENTS_PER_CHUNK),
      eventsPerChunk: Math.min(backlog, EVENTS_PER_CHUNK),
      webhooksOf: () => [{ uuid: busy, dueInHours: 0 }],
    });
    await settleDown(session);
  });
  const draining = await stage.server(database);
  const beside = await medianOf(run, draining);
  const settled = await draining.settled();
  if (settled >= backlog) throw new Error(`The backlog of ${backlog} was drained before the end: the figure is void`);
  await stage.clear();
  return { alone, beside };
}

async function medianOf({ stage: { receiver }, options }: BenchRun, { client }: BenchServer): Promise<number> {
  const load = { rate: RATE, users: [OTHER] };
  await traceEvents(client, receiver, { ...load, seconds: WARM_UP_SECONDS });
  const events = await traceEvents(client, receiver, { ...load, seconds: options.quick ? 3 : SECONDS });
  return median(events.map(({ arrived, intended }) => arrived - intended));
}

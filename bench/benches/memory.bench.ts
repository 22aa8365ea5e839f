import { setTimeout as delay } from 'node:timers/promises';
import type { Bench, BenchRun } from '../bench.js';
import { median } from '../report/statistics.js';
import { fillBacklog, settleDown } from '../support/backlog.js';
import { databaseKind, type BenchDatabase } from '../support/database.js';
import { embeddedStarts } from '../support/embedded-starts.js';
import { shrinkage } from '../support/scale.js';
import type { BenchServer } from '../support/server.js';

/** Enough for five minutes at 16,000 per second. */
const PENDING = 5_000_000;
const EVENTS_PER_CHUNK = 1_000;
const MINUTES = 5;
const SAMPLE_MS = 1_000;
/** The goal: memory in the last minute, divided by that of the second minute. The first minute is the warm-up. */
const FLAT = 1.1;

/**
 * The memory of a process when it starts on the embedded database, and while it sends a large backlog. It also checks that
 * the memory does not grow. The backlog is sent in one round only, because that takes long.
 */
export const memory: Bench = {
  name: 'memory',
  async run(run) {
    const { stage, options, tell } = run;
    const starts = await embeddedStarts(run);
    const minute = options.quick ? 3 : 60;
    const pending = PENDING / shrinkage(options);
    const server = await stage.server(await drainableDatabase(run, pending));
    tell(`draining for ${MINUTES * minute} s`);
    const samples = await sample(server, MINUTES * minute);
    const settled = await server.settled();
    const what = `RSS while draining, ${settled.toLocaleString('en-US')} of ${pending.toLocaleString('en-US')}`;
    const minuteOf = (number: number): number => median(samples.slice((number - 1) * minute, number * minute));
    return [
      ...starts,
      {
        bench: 'memory',
        what: `highest ${what}`,
        unit: 'MB',
        values: [Math.max(...samples)],
        ...(databaseKind() === 'server' ? { asked: [{ of: 'value', is: 'at most', bound: 250 }] } : {}),
      },
      {
        bench: 'memory',
        what: 'RSS in the last minute',
        unit: 'MB',
        values: [minuteOf(MINUTES)],
        reference: { what: 'second minute', values: [minuteOf(2)] },
        asked: [{ of: 'ratio', is: 'at most', bound: FLAT }],
      },
    ];
  },
};

/** One webhook has half of the deliveries, 50 webhooks have the others. */
async function drainableDatabase({ stage, tell }: BenchRun, pending: number): Promise<BenchDatabase> {
  const database = await stage.database();
  const chunks = Math.ceil(pending / 2 / EVENTS_PER_CHUNK);
  const userId = 'uid_busy';
  const [busy = '', ...others] = await database.addWebhooks(
    Array.from({ length: 51 }, (_, index) => ({ userId, url: `${stage.receiver.url}/${index}` })),
  );
  tell(`filling ${pending} deliveries`);
  await database.prepare(async (session) => {
    await fillBacklog(session, {
      userId,
      chunks,
      eventsPerChunk: EVENTS_PER_CHUNK,
      webhooksOf: (chunk) => [
        { uuid: busy, dueInHours: 0 },
        { uuid: others[chunk % others.length] ?? '', dueInHours: 0 },
      ],
    });
    await settleDown(session);
  });
  return database;
}

/** The memory in MB, sampled every second. */
async function sample(server: BenchServer, seconds: number): Promise<number[]> {
  const samples: number[] = [];
  for (let second = 0; second < seconds; second += 1) {
    await delay(SAMPLE_MS);
    samples.push(await server.memory());
  }
  return samples;
}

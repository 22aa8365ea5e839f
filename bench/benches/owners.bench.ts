import { setTimeout as delay } from 'node:timers/promises';
import { webhookIdOf } from '../../src/common/ids.js';
import { inRounds, type Bench, type BenchRun } from '../bench.js';
import type { Figure } from '../report/figure.js';
import { fillBacklog, settleDown } from '../support/backlog.js';
import { now } from '../support/clock.js';
import type { BenchDatabase } from '../support/database.js';
import { dispatchAll, webhooksOf, type Shape } from '../support/dispatching.js';
import { shrinkage } from '../support/scale.js';
import { CALLER, type BenchServer } from '../support/server.js';

const EVENTS = 10_000;
const EXTRACTIONS = 1_000;
/** The events that a recovery queues. */
const MISSED = 1_000_000;
const EVENTS_PER_CHUNK = 1_000;
const LIVE = 'uid_live';
const LIVE_EVENTS = 60_000;
const POLL_MS = 250;

/** The cost of two features that a webhook may use: events in order, and a large recovery. */
export const owners: Bench = {
  name: 'owners',
  async run(run) {
    const ordering = await orderingFigures(run);
    await run.stage.clear();
    return [...ordering, ...(await recoveryFigures(run))];
  },
};

/** A webhook without ordering, one with it, and one with an extraction that waits for its retry. */
async function orderingFigures(run: BenchRun): Promise<Figure[]> {
  const { stage, options } = run;
  const factor = options.quick ? 10 : 1;
  const size = { events: EVENTS / factor, webhooks: 1, extractions: EXTRACTIONS / factor };
  const waiting = size.events / size.extractions;
  const [plain, ordered, blocked] = ['uid_plain', 'uid_ordered', 'uid_blocked'];
  const shapes: Shape[] = [
    { ...size, userId: plain },
    { ...size, userId: ordered },
    { ...size, userId: blocked, waiting },
  ];
  const database = await stage.database();
  const uuids = await database.addWebhooks(webhooksOf(shapes, stage.receiver.url));
  await database.prepare(async (session) => {
    await session.query(`UPDATE webhooks SET ordering = 'extraction' WHERE user_id <> $1`, [plain]);
    // The events of this extraction wait for its first event, which is due in hours.
    await fillBacklog(session, {
      userId: blocked,
      chunks: 1,
      eventsPerChunk: 1,
      webhooksOf: () => [{ uuid: uuids.at(-1) ?? '', dueInHours: 1 }],
    });
    await session.script(`UPDATE events SET extraction_id = 'extract-0'`);
    await session.script(`UPDATE deliveries SET ordering_key = 'extract-0', ordered_at = now()`);
  });
  const server = await stage.server(database);
  const round = (): Promise<number[]> => dispatchAll(run, [server], shapes);
  const rounds = await inRounds(run, round, round);
  const rates = (index: number): number[] => rounds.map((each) => each[index] ?? Number.NaN);
  const count = `${size.extractions.toLocaleString('en-US')} extractions × ${waiting} events`;
  return [
    {
      bench: 'owners',
      what: `in order: ${count}, 1 webhook`,
      unit: '/s',
      values: rates(1),
      reference: { what: 'without ordering', values: rates(0) },
      asked: [{ of: 'ratio', is: 'at least', bound: 0.5 }],
    },
    {
      bench: 'owners',
      what: 'in order, with one extraction that waits for its retry',
      unit: '/s',
      values: rates(2),
      reference: { what: 'none waits', values: rates(1) },
      asked: [{ of: 'ratio', is: 'at least', bound: 0.95 }],
    },
  ];
}

interface Recovered {
  /** Queued events per second. */
  rate: number;
  /** The highest resident memory in MB while the recovery runs, and before it. */
  memory: number;
  memoryBefore: number;
  /** Deliveries of the other user per second, alone and while the recovery runs. */
  alone: number;
  beside: number;
}

/** One round: it takes minutes. */
async function recoveryFigures(run: BenchRun): Promise<Figure[]> {
  const missed = MISSED / shrinkage(run.options);
  const { rate, memory, memoryBefore, alone, beside } = await recoverOnce(run, missed);
  const what = `recovery of ${missed.toLocaleString('en-US')} events`;
  return [
    { bench: 'owners', what: `${what}, queued`, unit: '/s', values: [rate] },
    {
      bench: 'owners',
      what: `${what}: highest RSS`,
      unit: 'MB',
      values: [memory],
      reference: { what: 'before', values: [memoryBefore] },
    },
    {
      bench: 'owners',
      what: `deliveries of another user during the ${what}`,
      unit: '/s',
      values: [beside],
      reference: { what: 'alone', values: [alone] },
      asked: [{ of: 'ratio', is: 'at least', bound: 0.9 }],
    },
  ];
}

async function recoverOnce(run: BenchRun, missed: number): Promise<Recovered> {
  const { stage, tell, options } = run;
  const live: Shape = { userId: LIVE, events: LIVE_EVENTS / (options.quick ? 10 : 1), webhooks: 1 };
  const { database, uuid } = await databaseWithMissed(run, live, missed);
  const server = await stage.server(database);
  // The first run is a warm-up.
  const [, alone = Number.NaN] = await dispatchAll(run, [server], [live, live]);
  const memoryBefore = await server.memory();
  tell(`recovering ${missed} events`);
  const begin = now();
  const id = await startRecovery(server, uuid);
  const path = `/v1/webhooks/${webhookIdOf(uuid)}/recoveries/${id}`;
  let memory = 0;
  const ended = (async () => {
    for (;;) {
      const { status } = (JSON.parse(await server.client.get(path)) as { data: { status: string } }).data;
      memory = Math.max(memory, await server.memory());
      if (status !== 'running') return now();
      await delay(POLL_MS);
    }
  })();
  const [beside = Number.NaN] = await dispatchAll(run, [server], [live]);
  const seconds = ((await ended) - begin) / 1_000;
  return { rate: missed / seconds, memory, memoryBefore, alone, beside };
}

async function databaseWithMissed(
  { stage, tell }: BenchRun,
  live: Shape,
  missed: number,
): Promise<{ database: BenchDatabase; uuid: string }> {
  const database = await stage.database(webhooksOf([live], stage.receiver.url));
  const [uuid = ''] = await database.addWebhooks([{ userId: CALLER, url: `${stage.receiver.url}/recovered` }]);
  tell(`filling ${missed} events`);
  await database.prepare(async (session) => {
    await fillBacklog(session, {
      userId: CALLER,
      chunks: Math.ceil(missed / EVENTS_PER_CHUNK),
      eventsPerChunk: Math.min(missed, EVENTS_PER_CHUNK),
      webhooksOf: () => [],
    });
    await settleDown(session);
  });
  return { database, uuid };
}

async function startRecovery(server: BenchServer, uuid: string): Promise<string> {
  const since = new Date(Date.now() - 86_400_000).toISOString();
  const answer = await server.client.post(`/v1/webhooks/${webhookIdOf(uuid)}/recover`, JSON.stringify({ since }));
  return (JSON.parse(answer) as { data: { id: string } }).data.id;
}

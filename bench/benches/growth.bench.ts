import { inRounds, type Bench, type BenchRun } from '../bench.js';
import type { Figure } from '../report/figure.js';
import { percentile } from '../report/statistics.js';
import { fillBacklog, fillHistory, settleDown } from '../support/backlog.js';
import type { BenchDatabase } from '../support/database.js';
import { dispatchAll, shapesOf, smaller, titleOf, webhooksOf, type Shape } from '../support/dispatching.js';
import { cursorBefore, cursorBehind, deepPages, firstPages } from '../support/log-pages.js';
import { shrinkage } from '../support/scale.js';
import { CALLER, type BenchServer } from '../support/server.js';

const PENDING = 1_000_000;
const ATTEMPTS = 5_000_000;
/** The number of paused webhooks, and also of inactive ones. Half of the pending deliveries belong to them. */
const WAITING_WEBHOOKS = 250;
const DAYS = 20;
const PAGES = 300;
/** On empty tables the deep pages start this many pages after the newest one, within the attempts of this run. */
const SHALLOW_DEPTH = 20;

interface Measured {
  rates: number[];
  first: number;
  deep: number;
}

/**
 * The speed on a full database, compared with an empty one. The pending deliveries must stay pending, or the bench would
 * measure their dispatch. Half of them belong to one webhook and are due in hours, as retries are. The other half is due
 * and belongs to paused and inactive webhooks. Every claim has to pass these by.
 */
export const growth: Bench = {
  name: 'growth',
  async run(run) {
    const { stage, options } = run;
    const shapes = shapesOf(options);
    const pending = PENDING / shrinkage(options);
    const attempts = ATTEMPTS / shrinkage(options);
    const empty = await stage.server(await stage.database(webhooksOf(shapes, stage.receiver.url)));
    const full = await stage.server(await fullDatabase(run, shapes, { pending, attempts }));
    const measureBoth = async (sizes: readonly Shape[]) => ({
      empty: await measure(run, empty, sizes, () => cursorBehind(empty.client, SHALLOW_DEPTH)),
      full: await measure(run, full, sizes, async () => cursorBefore((DAYS / 2) * 86_400_000)),
    });
    const rounds = await inRounds(
      run,
      () => measureBoth(shapes),
      () => measureBoth(smaller(shapes)),
    );
    const figure = (
      what: string,
      unit: string,
      of: (measured: Measured) => number,
      asked: Figure['asked'],
    ): Figure => ({
      bench: 'growth',
      what: `${what}; ${pending.toLocaleString('en-US')} pending, ${attempts.toLocaleString('en-US')} attempts`,
      unit,
      values: rounds.map((each) => of(each.full)),
      reference: { what: 'empty tables', values: rounds.map((each) => of(each.empty)) },
      ...(asked ? { asked } : {}),
    });
    return [
      ...shapes.map((shape, index) =>
        figure(titleOf(shape), '/s', ({ rates }) => rates[index] ?? Number.NaN, [
          { of: 'ratio', is: 'at least', bound: 0.8 },
        ]),
      ),
      figure('first page p99', 'ms', ({ first }) => first, [{ of: 'ratio', is: 'at most', bound: 1.5 }]),
      figure('deep page p99', 'ms', ({ deep }) => deep, [{ of: 'ratio', is: 'at most', bound: 1.5 }]),
    ];
  },
};

async function measure(
  run: BenchRun,
  server: BenchServer,
  shapes: readonly Shape[],
  deepCursor: () => Promise<string>,
): Promise<Measured> {
  const rates = await dispatchAll(run, [server], shapes);
  const first = percentile(await firstPages(server.client, PAGES), 0.99);
  const deep = percentile(await deepPages(server.client, await deepCursor(), PAGES), 0.99);
  return { rates, first, deep };
}

/** @returns a database with pending deliveries and old attempts, and with the webhooks that the bench sends to */
async function fullDatabase(
  { stage, tell }: BenchRun,
  shapes: readonly Shape[],
  { pending, attempts }: { pending: number; attempts: number },
): Promise<BenchDatabase> {
  const database = await stage.database(webhooksOf(shapes, stage.receiver.url));
  const userId = 'uid_waiting';
  const url = `${stage.receiver.url}/never`;
  const [busy = '', ...waiting] = await database.addWebhooks([
    { userId, url },
    ...Array.from({ length: WAITING_WEBHOOKS }, () => ({ userId, url, paused: true })),
    ...Array.from({ length: WAITING_WEBHOOKS }, () => ({ userId, url, active: false })),
  ]);
  tell(`filling ${pending} deliveries and ${attempts} attempts`);
  const begin = Date.now();
  await database.prepare(async (session) => {
    await fillBacklog(session, {
      userId,
      chunks: waiting.length,
      eventsPerChunk: pending / 2 / waiting.length,
      webhooksOf: (chunk) => [
        { uuid: busy, dueInHours: 1 + (chunk % 24) },
        { uuid: waiting[chunk] ?? '', dueInHours: 0 },
      ],
    });
    await fillHistory(session, { attempts, userId: CALLER, webhookUuid: busy, days: DAYS });
    await settleDown(session);
  });
  tell(`filled in ${Math.round((Date.now() - begin) / 1_000)} s`);
  return database;
}

import { backlogStatement } from '../../src/metrics/figures.repository.js';
import { FIRST_WEBHOOK } from '../../src/queue/claim-limits.js';
import { inRounds, type Bench } from '../bench.js';
import { median } from '../report/statistics.js';
import { fillBacklog, settleDown } from '../support/backlog.js';
import { now } from '../support/clock.js';
import { shrinkage } from '../support/scale.js';

const PENDING = 1_000_000;
const WEBHOOKS = 100;
const CHUNKS = 10;
const STATEMENTS = 100;
/** The budget of one statement, in milliseconds. */
const BUDGET_MS = 5;

/**
 * The statement that reads the backlog for the metrics, on a large backlog. A fifth of the webhooks is paused. Half of the
 * others have due deliveries, half have retries. The time includes planning, which the service does once.
 */
export const figures: Bench = {
  name: 'figures',
  async run(run) {
    const { stage, options, tell } = run;
    const pending = PENDING / shrinkage(options);
    const database = await stage.database();
    const url = `${stage.receiver.url}/never`;
    const userId = 'uid_waiting';
    const uuids = await database.addWebhooks(
      Array.from({ length: WEBHOOKS }, (_, number) => ({ userId, url, paused: number % 5 === 0 })),
    );
    const values = await database.prepare(async (session) => {
      tell(`filling ${pending} deliveries`);
      await fillBacklog(session, {
        userId,
        chunks: CHUNKS,
        eventsPerChunk: pending / WEBHOOKS / CHUNKS,
        webhooksOf: () => uuids.map((uuid, number) => ({ uuid, dueInHours: number % 2 })),
      });
      await settleDown(session);
      const { text, values: parameters } = backlogStatement(FIRST_WEBHOOK, { due: 0, retrying: 0, paused: 0 });
      const measure = async (): Promise<number> => {
        const times: number[] = [];
        for (let count = 0; count < STATEMENTS; count += 1) {
          const begin = now();
          await session.query(text, parameters);
          times.push(now() - begin);
        }
        return median(times);
      };
      return inRounds(run, measure, measure);
    });
    const what = `reading the backlog; ${pending.toLocaleString('en-US')} pending, ${WEBHOOKS} webhooks`;
    return [{ bench: 'figures', what, unit: 'ms', values, asked: [{ of: 'value', is: 'at most', bound: BUDGET_MS }] }];
  },
};

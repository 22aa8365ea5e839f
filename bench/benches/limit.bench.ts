import { inRounds, type Bench } from '../bench.js';

/** How many requests a round of the bare loop makes. */
export const LIMIT_REQUESTS = 20_000;

/** What this machine can send at all: the reference of the other benches, here by itself. */
export const limit: Bench = {
  name: 'limit',
  async run(run) {
    const count = run.options.quick ? LIMIT_REQUESTS / 10 : LIMIT_REQUESTS;
    const measure = (): Promise<number> => run.stage.bareLoop.throughput(count);
    const values = await inRounds(run, measure, measure);
    return [{ bench: 'limit', what: 'signed requests, nothing stored', unit: '/s', values }];
  },
};

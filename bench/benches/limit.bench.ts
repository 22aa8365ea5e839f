import { inRounds, type Bench } from '../bench.js';

/** What this machine can send at all: the reference of the other benches, here by itself. */
export const limit: Bench = {
  name: 'limit',
  async run(run) {
    const measure = (): Promise<number> => run.stage.bareLoop.throughput(limitRequests(run.options));
    const values = await inRounds(run, measure, measure);
    return [{ bench: 'limit', what: 'signed requests, nothing stored', unit: '/s', values }];
  },
};

/** How many requests the bare loop makes to be measured. */
export function limitRequests({ quick }: { quick: boolean }): number {
  return quick ? 2_000 : 20_000;
}

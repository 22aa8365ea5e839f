import { inRounds, type Bench } from '../bench.js';

/** The sending speed of this machine without a service: the reference of the other benches. */
export const limit: Bench = {
  name: 'limit',
  async run(run) {
    const measure = (): Promise<number> => run.stage.bareLoop.throughput(limitRequests(run.options));
    const values = await inRounds(run, measure, measure);
    return [{ bench: 'limit', what: 'signed requests, nothing stored', unit: '/s', values }];
  },
};

/** The number of requests in one measurement of the bare loop. */
export function limitRequests({ quick }: { quick: boolean }): number {
  return quick ? 2_000 : 20_000;
}

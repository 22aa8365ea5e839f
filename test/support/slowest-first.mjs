import { createRequire } from 'node:module';

const Sequencer = createRequire(import.meta.url)('@jest/test-sequencer').default;

const rank = ({ path }) => (path.endsWith('.suite.ts') ? 0 : path.includes('/test/process/') ? 1 : 2);

/**
 * Begins with the specs that take longest. Jest would go by what earlier runs took, and where there were none, as on a
 * clean checkout, by the size of the files: the suites, which only import their specs, would then come last.
 */
export default class SlowestFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).toSorted((one, other) => rank(one) - rank(other));
  }
}

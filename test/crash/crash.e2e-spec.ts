import { expect, it, jest } from '@jest/globals';
import { describeOnServer } from '../process/support/kinds.js';
import { isLong, report } from '../support/run-length.js';
import { FAULTS } from './faults.js';

/** Ends only a test that hangs. */
const TIMEOUT_MS = 900_000;

jest.setTimeout(TIMEOUT_MS);

describeOnServer('An accepted event reaches every webhook after any crash', () => {
  it.concurrent.each(FAULTS)('$name: $promise', async ({ name, short, long }) => {
    const begin = performance.now();
    const { figures, violations } = await (isLong ? long() : short());
    const seconds = Math.round((performance.now() - begin) / 1_000);
    report(name, { ...figures, 'run s': seconds });
    expect(violations).toEqual([]);
  });
});

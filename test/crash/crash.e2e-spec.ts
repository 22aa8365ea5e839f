import { expect, it, jest } from '@jest/globals';
import { describeOnServer } from '../process/support/kinds.js';
import { FAULTS } from './faults.js';

/** Only stops what hangs. */
const TIMEOUT_MS = 900_000;

/** Which size of the faults is asked for: `long`, or `short` with its summary; without it, the short one in silence. */
const size = process.env.CRASH_TESTS;

jest.setTimeout(TIMEOUT_MS);

describeOnServer('Whatever crashes, an accepted event reaches every webhook', () => {
  it.concurrent.each(FAULTS)('$name: $promise', async ({ name, short, long }) => {
    const begin = performance.now();
    const { figures, violations } = await (size === 'long' ? long() : short());
    const seconds = Math.round((performance.now() - begin) / 1_000);
    if (size) process.stdout.write(summaryLine(name, { ...figures, 'run s': seconds }));
    expect(violations).toEqual([]);
  });
});

function summaryLine(name: string, figures: Record<string, number | string>): string {
  const parts = Object.entries(figures).map(([figure, value]) => `${figure} ${value}`);
  return `${name.padEnd(20)} ${parts.join('   ')}\n`;
}

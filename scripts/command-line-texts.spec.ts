import { describe, expect, it } from '@jest/globals';
import { messageReport } from './message-report.js';
import { messageTexts } from './message-texts.js';

const isOfCommandLine = (finding: string): boolean => /^src\/(?:cli|translations\/ko\/cli-)/.test(finding);

describe('The texts of the command line', () => {
  it('all have a Korean translation', () => {
    const { faults, stale } = messageReport('.');
    expect([...faults, ...stale].filter(isOfCommandLine)).toEqual([]);
  });

  it('include the help of commands and options', () => {
    const source = `program.command('a').description('one').option('--b <c>', 'two', collect)
      .requiredOption('--d', 'three').addOption(new Option('--e', 'four'));`;
    expect(
      messageTexts('a.ts', source)
        .texts.map(({ english }) => english)
        .toSorted(),
    ).toEqual(['four', 'one', 'three', 'two']);
  });
});

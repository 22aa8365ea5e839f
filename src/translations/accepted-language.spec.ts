import { describe, expect, it } from '@jest/globals';
import { acceptedLanguage } from './accepted-language.js';

describe('The accepted language', () => {
  it.each([
    'ko',
    'KO',
    'ko-KR',
    'ko-Kore-KR',
    'en;q=0.5, ko',
    'en;q=0.5,ko;q=0.6',
    'ko, en',
    'ko-KR, en',
    'ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7',
    'ja, ko;q=0.1',
    '*;q=0.1, ko',
    'ko;q=1.000',
    ' ko ; q=0.2 ',
    'en;q=0, ko;q=0.001',
    'en_US.UTF-8, ko',
  ])('is Korean for %j', (header) => {
    expect(acceptedLanguage(header)).toBe('ko');
  });

  it.each([
    undefined,
    '',
    '*',
    'en',
    'ja',
    'ko;q=0',
    'ko;q=0.000, *',
    'en, ko',
    'en-US, ko',
    'en-US,en;q=0.9,ko;q=0.8',
    'ko;q=0.5, *',
    'kok',
    'kok-IN, xx-ko',
    'ko;q=2',
    'ko;q=',
    'ko;q=-1',
    'ko;level=1',
    'koo',
    'en,ko,',
    ';;ko',
  ])('is English for %j', (header) => {
    expect(acceptedLanguage(header)).toBe('en');
  });

  it('takes no longer than the header when it is hostile', () => {
    // Processor time: a busy machine takes longer.
    const begin = process.cpuUsage();
    for (const scrap of ['ko-', 'ko;q=0.', ' ko', 'ko,', '\tko;', 'ko;q=1 ']) acceptedLanguage(scrap.repeat(4_000));
    expect(process.cpuUsage(begin).user / 1_000).toBeLessThan(1_000);
  });
});

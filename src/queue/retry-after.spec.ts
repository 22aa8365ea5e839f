import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { report, runs } from '../../test/support/run-length.js';
import { MAX_RETRY_AFTER_MS } from '../webhooks/webhook-health.js';
import { retryAfterMs } from './retry-after.js';

const NOW = Date.parse('2025-01-20T14:30:04.000Z');

describe('retryAfterMs', () => {
  it.each([
    ['0', 0],
    ['1', 1_000],
    [' 120 ', 120_000],
    ['007', 7_000],
    ['86400', MAX_RETRY_AFTER_MS],
    ['86401', MAX_RETRY_AFTER_MS],
    ['99999999999999999999', MAX_RETRY_AFTER_MS],
    ['9'.repeat(400), MAX_RETRY_AFTER_MS],
  ])('reads seconds, at most a day, when the header is %j', (header, wait) => {
    expect(retryAfterMs(header, NOW)).toBe(wait);
  });

  it.each([
    ['Mon, 20 Jan 2025 14:30:34 GMT', 30_000],
    ['Mon, 20 Jan 2025 15:30:34 +0100', 30_000],
    ['Monday, 20-Jan-25 14:30:34 GMT', 30_000],
    ['Mon Jan 20 14:30:34 2025', 30_000],
    ['Sat, 1 Feb 2025 00:00:00 GMT', MAX_RETRY_AFTER_MS],
    ['Sat Feb  1 00:00:00 2025', MAX_RETRY_AFTER_MS],
    ['Mon, 20 Jan 2025 14:30:04 GMT', 0],
    ['Sun, 06 Nov 1994 08:49:37 GMT', 0],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 0],
    ['Sun Nov  6 08:49:37 1994', 0],
  ])('reads an HTTP date, at most a day away, when the header is %j', (header, wait) => {
    expect(retryAfterMs(header, NOW)).toBe(wait);
  });

  it('reads a date without a zone as UTC when the process has another time zone', () => {
    const from = new URL('retry-after.ts', import.meta.url).href;
    const script = `import { retryAfterMs } from '${from}';
      console.log(retryAfterMs('Mon Jan 20 14:30:34 2025', ${NOW}), new Date(${NOW}).getHours());`;
    const options = { env: { ...process.env, TZ: 'Asia/Seoul' }, encoding: 'utf8' } as const;
    const output = execFileSync(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', script],
      options,
    );
    expect(output).toBe('30000 23\n');
  });

  it.each([
    '',
    ' ',
    'soon',
    '-1',
    '+5',
    '1.5',
    '3.5',
    '1e3',
    '0x10',
    '5, 5',
    '5;',
    '120s',
    'Infinity',
    'NaN',
    '٣',
    '2025-01-20',
    '2025-01-20T14:31:04Z',
    'Mon, 5',
    'Mon, 20 Foo 2025 14:30:34 GMT',
    'Mon, 41 Jan 2025 14:30:34 GMT',
    'Mon, 20 Jan 2025 27:30:34 GMT',
    'Mon, 20 Jan 2025 14:30:34',
    '20 Jan 2025 14:30:34 GMT',
  ])('returns null when the header is %j', (header) => {
    expect(retryAfterMs(header, NOW)).toBeNull();
  });

  it('returns null when there is no header', () => {
    expect(retryAfterMs(undefined, NOW)).toBeNull();
  });

  it('returns null or a wait from 0 to a day when the header is any text', () => {
    const digits = fc.array(fc.constantFrom(...'0123456789'), { minLength: 1 }).map((list) => list.join(''));
    const date = fc.date({ noInvalidDate: true }).map((date) => date.toUTCString());
    const scraps = fc.array(
      fc.constantFrom(
        'Mon',
        'Monday',
        ', ',
        ' ',
        '-',
        '+',
        ':',
        'Jan',
        '20',
        '9'.repeat(400),
        '2025',
        '25',
        'GMT',
        '٣',
        '\0',
      ),
    );
    const edited = fc.tuple(date, fc.nat({ max: 28 }), fc.string({ unit: 'binary', maxLength: 3 }));
    const nearly = edited.map(([text, at, other]) => text.slice(0, at) + other + text.slice(at + other.length));
    const anything = fc.oneof(
      fc.string({ unit: 'binary' }),
      digits,
      date,
      nearly,
      scraps.map((parts) => parts.join('')),
    );
    const now = fc.oneof(fc.constant(NOW), fc.integer({ min: -8.64e15, max: 8.64e15 }));
    const counts = { tried: 0, understood: 0 };
    fc.assert(
      fc.property(anything, now, (header, at) => {
        const wait = retryAfterMs(header, at);
        counts.tried += 1;
        if (wait === null) return;
        counts.understood += 1;
        expect(Number.isInteger(wait)).toBe(true);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(MAX_RETRY_AFTER_MS);
      }),
      { numRuns: runs(3_000) },
    );
    report('fuzzed Retry-After', counts);
    expect(counts.understood).toBeGreaterThan(counts.tried / 6);
  });
});

import { describe, expect, it } from '@jest/globals';
import { array, assert, constantFrom, integer, oneof, property, string } from 'fast-check';
import { runs } from '../../test/support/run-length.js';
import { parseDuration } from './duration.js';

describe('parseDuration', () => {
  it.each([
    ['0s', 0],
    ['0ms', 0],
    ['500ms', 500],
    ['5s', 5_000],
    ['30m', 1_800_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['007s', 7_000],
    ['999999999ms', 999_999_999],
  ])('reads %s as %i milliseconds', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  it.each([
    '',
    ' ',
    's',
    '5',
    '5 s',
    ' 5s',
    '5s ',
    '5s\n',
    '5S',
    '5sec',
    '5w',
    '5y',
    '-5s',
    '+5s',
    '1.5h',
    '1e3s',
    '0x5s',
    '1h30m',
    '5s,5s',
    '٥s',
    'Infinitys',
    '1000000000ms',
  ])('rejects %j', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it('reads every amount in every unit exactly', () => {
    const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
    assert(
      property(
        integer({ min: 0, max: 999_999_999 }),
        constantFrom(...(Object.keys(units) as (keyof typeof units)[])),
        (amount, unit) => {
          expect(parseDuration(`${amount}${unit}`)).toBe(amount * units[unit]);
        },
      ),
    );
  });

  it('returns a whole number or undefined for any text', () => {
    const scraps = array(
      constantFrom('0', '9', '999999999', 'ms', 's', 'm', 'h', 'd', ' ', '-', '+', '.', 'e', '٥', '\n'),
    );
    const anything = oneof(
      string({ unit: 'binary' }),
      scraps.map((parts) => parts.join('')),
    );
    assert(
      property(anything, (text) => {
        const milliseconds = parseDuration(text);
        if (milliseconds === undefined) return;
        expect(Number.isInteger(milliseconds)).toBe(true);
        expect(milliseconds).toBeGreaterThanOrEqual(0);
        expect(milliseconds).toBeLessThanOrEqual(999_999_999 * 86_400_000);
      }),
      { numRuns: runs(2_000) },
    );
  });
});

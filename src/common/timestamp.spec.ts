import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import * as fc from 'fast-check';
import { timeOf } from './timestamp.js';
import { validationError } from './validation-error.js';
import { Timestamp } from './validation.js';

class Sample {
  @Timestamp()
  at: unknown;
}

const part = (max: number) => fc.nat({ max }).map((number) => String(number).padStart(2, '0'));

function faultOf(at: unknown): string | undefined {
  const errors = validateSync(plainToInstance(Sample, { at }));
  return errors.length === 0 ? undefined : validationError(errors).message;
}

const MISSING = /^at is missing; it must be an ISO 8601 time with an offset, such as 2025-01-20T14:30:04\.000Z$/;
const WRONG = /^at must be an ISO 8601 time with an offset, such as 2025-01-20T14:30:04\.000Z, not .+$/s;

describe('The rule for times', () => {
  it.each([
    ['2025-01-20T14:30:04.000Z', '2025-01-20T14:30:04.000Z'],
    ['2025-01-20T14:30:04Z', '2025-01-20T14:30:04.000Z'],
    ['2025-01-20T14:30Z', '2025-01-20T14:30:00.000Z'],
    ['2025-01-20T14:30:04.5Z', '2025-01-20T14:30:04.500Z'],
    ['2025-01-20T14:30:04.123456789Z', '2025-01-20T14:30:04.123Z'],
    ['2025-01-20T14:30:04+00:00', '2025-01-20T14:30:04.000Z'],
    ['2025-01-20T14:30:04-00:00', '2025-01-20T14:30:04.000Z'],
    ['2025-01-20T14:30:04+09:00', '2025-01-20T05:30:04.000Z'],
    ['2025-01-20T14:30:04+05:45', '2025-01-20T08:45:04.000Z'],
    ['2025-01-20T14:30:04+14:00', '2025-01-20T00:30:04.000Z'],
    ['2025-01-20T14:30:04-12:00', '2025-01-21T02:30:04.000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['2000-02-29T00:00:00Z', '2000-02-29T00:00:00.000Z'],
    ['1969-12-31T23:59:59.999Z', '1969-12-31T23:59:59.999Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
    ['2025-01-20T14:30:04.12345678901234567890Z', '2025-01-20T14:30:04.123Z'],
    ['2025-01-20t14:30:04z', '2025-01-20T14:30:04.000Z'],
    ['2025-01-20 14:30:04Z', '2025-01-20T14:30:04.000Z'],
    ['2025-01-20T14:30:04+0900', '2025-01-20T05:30:04.000Z'],
    ['2026-11-28T08:33:30.123456+0000', '2026-11-28T08:33:30.123Z'],
    ['2025-01-20T14:30:04-0330', '2025-01-20T18:00:04.000Z'],
    ['2025-01-20T14:30:04 09:00', '2025-01-20T05:30:04.000Z'],
    ['2025-01-20 14:30:04 0900', '2025-01-20T05:30:04.000Z'],
    ['2025-01-20t14:30 09:00', '2025-01-20T05:30:00.000Z'],
  ])('accepts %s as %s', (at, meaning) => {
    expect(faultOf(at)).toBeUndefined();
    expect(timeOf(at)?.toISOString()).toBe(meaning);
  });

  it.each([
    [
      'a day that the month does not have',
      ['2025-02-30T00:00:00Z', '2025-04-31T00:00:00Z', '2025-01-32T00:00:00Z', '2025-01-00T00:00:00Z'],
    ],
    ['29 February in a common year', ['2025-02-29T00:00:00Z', '1900-02-29T00:00:00Z', '2100-02-29T00:00:00+09:00']],
    ['an invalid month', ['2025-00-01T00:00:00Z', '2025-13-01T00:00:00Z']],
    [
      'an invalid time of day',
      ['2025-01-20T24:00:00Z', '2025-01-20T25:00:00Z', '2025-01-20T14:60:00Z', '2025-01-20T14:30:60Z'],
    ],
    [
      'an offset that no place uses',
      [
        '2025-01-20T14:30:04+14:01',
        '2025-01-20T14:30:04+15:00',
        '2025-01-20T14:30:04-23:59',
        '2025-01-20T14:30:04+99:99',
        '2025-01-20T14:30:04+00:60',
      ],
    ],
    [
      'a year outside 1 to 9999',
      [
        '0000-01-01T00:00:00Z',
        '0001-01-01T00:00:00+14:00',
        '9999-12-31T23:59:59-12:00',
        '+012025-01-20T00:00:00Z',
        '-000001-01-20T00:00:00Z',
        '10000-01-01T00:00:00Z',
      ],
    ],
    ['a time without an offset', ['2025-01-20', '2025-01-20T14:30:04', '2025-01-20T14:30:04.000', '2025-01']],
    [
      'an offset in an unsupported spelling',
      [
        '2025-01-20T14:30:04+09',
        '2025-01-20T14:30:04 Z',
        '2025-01-20T14:30:04  09:00',
        '2025-01-20T14:30:04+9:00',
        '2025-01-20T14:30:04+1401',
        '2025-01-20  14:30:04Z',
        '2025-01-20T14:30:04UTC',
        '2025-01-20T14:30:04Z+09:00',
      ],
    ],
    [
      'a time in an unsupported spelling',
      [
        '2025-01-20T14Z',
        '2025-01-20T143004Z',
        '2025-01-20T14.5Z',
        '2025-01-20T14:30.5Z',
        '2025-01-20T14:30:04,5Z',
        '2025-01-20T14:30:04.Z',
        '2025-01-20T4:30:04Z',
      ],
    ],
    [
      'a date in an unsupported spelling',
      [
        '20250120T143004Z',
        '2025-1-20T14:30:04Z',
        '2025-W04-1T14:30:04Z',
        '2025-020T14:30:04Z',
        '25-01-20T14:30:04Z',
        '20.01.2025T14:30:04Z',
      ],
    ],
    [
      'a time with other characters around it',
      [' 2025-01-20T14:30:04Z', '2025-01-20T14:30:04Z\n', '2025-01-20T14:30:04Z\0', '"2025-01-20T14:30:04Z"'],
    ],
    [
      'a text that is no time',
      [
        '',
        'now',
        'yesterday',
        'Mon, 20 Jan 2025 14:30:04 GMT',
        '1737383404000',
        'T14:30:04Z',
        'Z',
        'NaN',
        '２０２５-01-20T14:30:04Z',
      ],
    ],
    [
      'a value that is no text',
      [undefined, null, 1_737_383_404_000, true, {}, [], ['2025-01-20T14:30:04Z'], new Date('2025-01-20T14:30:04Z')],
    ],
  ] as [string, unknown[]][])('rejects %s', (_what, times) => {
    for (const at of times) {
      expect({ at, fault: faultOf(at) }).toEqual({
        at,
        fault: expect.stringMatching(at === undefined ? MISSING : WRONG),
      });
    }
  });

  it.each([
    ['2025-01-20', '2025-01-20T00:00:00Z'],
    ['2025-01-20T14:30:04', '2025-01-20T14:30:04Z'],
    ['2025-01-20 14:30', '2025-01-20 14:30Z'],
    ['1737383404', '2025-01-20T14:30:04.000Z'],
    ['1737383404512', '2025-01-20T14:30:04.512Z'],
    [1_737_383_404, '2025-01-20T14:30:04.000Z'],
    [1_737_383_404_512, '2025-01-20T14:30:04.512Z'],
  ])('suggests a time for %j: %s', (at, meant) => {
    expect(faultOf(at)).toBe(`${faultOf('')?.replace('""', JSON.stringify(at))}; did you mean ${meant}?`);
  });

  it.each<unknown>(['2025-02-30', 'now', '173738340', 1e300, {}, { toString: 1 }, null])(
    'suggests nothing for %j',
    (at) => {
      expect(faultOf(at)).not.toContain('did you mean');
    },
  );

  it('accepts every time that JSON.stringify writes in the years 1 to 9999', () => {
    const date = fc.date({
      min: new Date('0001-01-01T00:00:00.000Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    });
    fc.assert(fc.property(date, (date) => expect(faultOf(date.toISOString())).toBeUndefined()));
  });

  it('accepts only times that can be written with a year of four digits', () => {
    const written = fc
      .tuple(
        fc.nat({ max: 9_999 }),
        part(13),
        part(32),
        part(25),
        part(61),
        part(61),
        fc.constantFrom('Z', '+14:00', '-12:00', '+23:59'),
      )
      .map(([year, month, day, hour, minute, second, offset]) => {
        return `${String(year).padStart(4, '0')}-${month}-${day}T${hour}:${minute}:${second}${offset}`;
      });
    fc.assert(
      fc.property(written, (at) => {
        fc.pre(faultOf(at) === undefined);
        expect(timeOf(at)?.toISOString()).toMatch(/^(?!0000)\d{4}-/);
      }),
    );
  });
});

import { describe, expect, it } from '@jest/globals';
import { decimalOf, ExactNumber, exactJson, parseExact } from './exact-number.js';

describe('parseExact', () => {
  it.each(['9007199254740993', '-0.12345678901234567890', '1e999', '1e-400', '123456789012345678901234567890'])(
    'keeps all digits of %s',
    (text) => {
      const json = `{"a":[${text},"${text}"],"b":1.50}`;
      expect(parseExact(json)).toEqual({ a: [new ExactNumber(text), text], b: 1.5 });
      expect(exactJson(parseExact(json))).toBe(`{"a":[${text},"${text}"],"b":1.5}`);
    },
  );

  it.each([
    '9007199254740992',
    '0.1',
    '1e21',
    '-1.50',
    '1E+2',
    '0',
    '-0',
    '0e999',
    '12345.000000000000000000',
    '1e308',
  ])('makes a number of %s, which loses nothing', (text) => {
    expect(parseExact(`[${text}]`)).toEqual([Number(text)]);
  });

  it('changes no text, whatever stands in it', () => {
    const value = { 'a"\\': 'x 9007199254740993e5 \\" , 1e999', b: '\\\\"12345678901234567890' };
    expect(parseExact(JSON.stringify(value))).toEqual(value);
  });
});

describe('exactJson', () => {
  it('writes integers of any size', () => {
    expect(exactJson({ a: 9007199254740993n, b: 'x', c: undefined })).toBe('{"a":9007199254740993,"b":"x"}');
  });
});

describe('decimalOf', () => {
  it.each([
    ['0.0120', '12', -1],
    ['120', '12', 3],
    ['1.20e2', '12', 3],
    ['1e-5', '1', -4],
    ['-0.000', '', 0],
  ])('reads %s as 0.%s × 10^%i', (text, digits, magnitude) => {
    expect(decimalOf(text)).toMatchObject({ digits, magnitude });
  });
});

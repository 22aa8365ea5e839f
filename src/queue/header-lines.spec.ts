import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { runs } from '../../test/support/run-length.js';
import { headerLines, headersOf } from './header-lines.js';

const name = fc.stringMatching(/^[a-z0-9!#$%&'*+.^_`|~-]{1,20}$/);
const value = fc.string({ unit: 'binary' }).filter((text) => !/[\r\n]/.test(text));

describe('headerLines and headersOf', () => {
  it('keep names, values and order when headers are any valid ones', () => {
    fc.assert(
      fc.property(fc.dictionary(name, value), (headers) => {
        expect(Object.entries(headersOf(headerLines(headers)))).toEqual(Object.entries(headers));
      }),
    );
  });

  it('keep values when they are empty or have colons', () => {
    const headers = { location: 'https://example.com:8443/a: b', 'x-empty': '' };
    expect(headerLines(headers)).toBe('location: https://example.com:8443/a: b\nx-empty: ');
    expect(headersOf(headerLines(headers))).toEqual(headers);
  });

  it('add no header when a value has line breaks', () => {
    expect(headersOf(headerLines({ a: 'b\r\nevil: yes', c: 'd' }))).toEqual({ a: 'b evil: yes', c: 'd' });
    expect(headersOf(headerLines({ a: 'b\nevil: yes\rworse: yes' }))).toEqual({ a: 'b evil: yes worse: yes' });
  });

  it('keep names when objects inherit properties with these names', () => {
    const headers = Object.fromEntries([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
    expect(Object.entries(headersOf(headerLines(headers)))).toEqual(Object.entries(headers));
  });

  it('keep the number of headers when values are any text', () => {
    const any = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.constantFrom('a', ': ', 'evil: yes', '\r', '\n', '\r\n', '\u2028')).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(fc.dictionary(name, any), (headers) => {
        const read = headersOf(headerLines(headers));
        expect(Object.keys(read)).toEqual(Object.keys(headers));
        expect(Object.values(read).filter((text) => /[\r\n]/.test(text))).toEqual([]);
      }),
      { numRuns: runs(1_000) },
    );
  });
});

import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { InterimFilter, SwitchedProtocolsError } from './interim-filter.js';

const FINAL = 'HTTP/1.1 200 OK\r\ncontent-length: 30\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n1234567';

/** The bytes that remain after the filter, for input in these pieces. */
function filtered(...pieces: string[]): string {
  const filter = new InterimFilter();
  return pieces.map((piece) => filter.take(Buffer.from(piece, 'latin1')).toString('latin1')).join('');
}

const header = fc
  .tuple(fc.constantFrom('link', 'x-a', 'date'), fc.stringMatching(/^[ -~]{0,30}$/))
  .map(([name, value]) => `${name}: ${value}\r\n`);
const interim = fc
  .tuple(fc.constantFrom('100', '102', '103', '110', '199'), fc.constantFrom(' Continue', ' ', ''), fc.array(header))
  .map(([status, reason, headers]) => `HTTP/1.1 ${status}${reason}\r\n${headers.join('')}\r\n`);
const cuts = fc.array(fc.nat({ max: 400 }), { maxLength: 30 });

function cut(text: string, at: number[]): string[] {
  const places = [0, ...at.map((place) => place % (text.length + 1)).sort((a, b) => a - b), text.length];
  return places.slice(1).map((place, index) => text.slice(places[index], place));
}

describe('Interim answers', () => {
  it('are removed before a final answer, with any number and any split of their bytes', () => {
    fc.assert(
      fc.property(fc.array(interim, { maxLength: 5 }), cuts, (answers, at) => {
        expect(filtered(...cut(answers.join('') + FINAL, at))).toBe(FINAL);
      }),
    );
  });

  it('are removed when every byte arrives alone', () => {
    expect(filtered(...`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 X\r\na: b\r\n\r\n${FINAL}`)).toBe(FINAL);
  });

  it.each([
    ['line ends without CR', 'HTTP/1.1 100 Continue\n\n'],
    ['HTTP/1.0', 'HTTP/1.0 100 Continue\r\n\r\n'],
    ['a header that would end the connection', 'HTTP/1.1 100 Continue\r\nconnection: close\r\n\r\n'],
    ['a length', 'HTTP/1.1 100 Continue\r\ncontent-length: 0\r\n\r\n'],
    ['empty lines around it', '\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n\r\n'],
  ])('are removed with %s', (_what, answer) => {
    expect(filtered(answer + FINAL)).toBe(FINAL);
  });

  it('are removed before the next answer, too', () => {
    const filter = new InterimFilter();
    const both = Buffer.from(`HTTP/1.1 100 Continue\r\n\r\n${FINAL}`);
    expect(String(filter.take(both))).toBe(FINAL);
    filter.reset();
    expect(String(filter.take(both))).toBe(FINAL);
  });

  it('fail when they switch protocols', () => {
    expect(() => filtered('HTTP/1.1 10', '1 Switching Protocols\r\n')).toThrow(SwitchedProtocolsError);
  });

  it.each([
    FINAL,
    'HTTP/1.1 1000 X\r\n\r\n',
    'HTTP/1.1 1',
    'HTTP/1.1  100 X\r\n\r\n',
    'HTTP/2 100 X\r\n\r\n',
    'SSH-2.0-OpenSSH_9.6\r\n',
    'H',
    '\0\xff',
  ])('do not include %j: it passes at once, unless it may still become an interim answer', (text) => {
    expect(filtered(text)).toBe('HTTP/1.1 1'.startsWith(text) ? '' : text);
    expect(filtered(...text, 'x')).toBe(`${text}x`);
  });

  it('leave every other answer unchanged, with any split of its bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', minLength: 1 }), cuts, (text, at) => {
        fc.pre(!/^[\r\n]*HTTP\/1\.\d 1\d\d[ \r\n]/.test(text) && !/^[\r\n]/.test(text));
        const whole = `${text}${'x'.repeat(20)}`;
        expect(filtered(...cut(whole, at))).toBe(whole);
      }),
    );
  });
});

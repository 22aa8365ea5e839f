import { describe, expect, it } from '@jest/globals';
import { filterDocument, storableText, SUSPECT_IN_SQL } from './filter-text.js';

describe('storableText', () => {
  /** In the order of their code points. */
  const texts = [
    '',
    '\u0000',
    '\u0000\u0000',
    '\u0000\u0002',
    '\u0001',
    '\u0001\u0000',
    '\u0002',
    'a',
    'a\u0000',
    'a\u0001',
    'b',
  ];
  const high = [
    '\ud7fe',
    '\ud7ff',
    '\ud7ff\u0000',
    '\ud7ffa',
    '\ud800',
    '\ud800a',
    '\udfff',
    '\ue000',
    '\uffff',
    '\u{1f600}',
  ];
  const all = [...texts, ...high];

  it('keeps order and prefixes, and makes texts that PostgreSQL can store', () => {
    const stored = all.map((text) => Buffer.from(storableText(text)));
    expect([...stored].sort((one, other) => Buffer.compare(one, other))).toEqual(stored);
    for (const [index, text] of all.entries()) {
      expect(storableText(text).isWellFormed()).toBe(true);
      expect(storableText(text)).not.toContain('\u0000');
      expect(all.map((other) => storableText(other).startsWith(storableText(text)))).toEqual(
        all.map((other, place) => place === index || other.startsWith(text)),
      );
    }
  });
});

describe('filterDocument', () => {
  it.each([
    '{"type":"extraction.completed","data":{"pages":3,"text":"한글 é 😀","n":-1.5e10,"e":1e999}}',
    String.raw`{"a":"\ud55c\uae00 \n \u0041 e1 0001"}`,
    `{"a":${'1'.repeat(4_000)}}`,
  ])('needs no replacement of %.80s', (payload) => {
    expect(filterDocument(payload)).toBeNull();
  });

  it.each([
    [String.raw`{"a\u0000":"\u0001 \\u0000"}`, String.raw`{"a\u0001\u0001":"\u0001\u0002 \\u0000"}`],
    [String.raw`{"a":"\uD83D\uDE00 \ud83d"}`, `{"a":"😀 \ud7ff\u183d"}`],
    [
      '{"a":1e400000,"b":-1e99999,"c":-12e-99999,"d":0e99999,"e":1.50e0002}',
      '{"a":1e1001,"b":-1e1001,"c":-1e-1002,"d":0,"e":0.15e3}',
    ],
    [`{"a":0.${'1'.repeat(20_000)}}`, `{"a":0.${'1'.repeat(102)}e0}`],
    [`{"a":${'9'.repeat(200_000)}}`, '{"a":1e1001}'],
  ])('replaces what jsonb refuses in %.60s', (payload, document) => {
    expect(filterDocument(payload)).toBe(document);
    expect(payload).toMatch(new RegExp(SUSPECT_IN_SQL));
  });
});

import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { joined, Phrase, phraseOf, text, translatorOf } from './phrase.js';

const korean = translatorOf({
  '{{field}} must be {{right}}, not {{value}}': '{{field}}: {{value}} 대신 {{right}}',
  'an array': '배열',
  'The body': '본문',
});

describe('A phrase', () => {
  it('is English as a string and takes its values in the order of the translation', () => {
    const phrase = text('{{field}} must be {{right}}, not {{value}}', {
      field: 'ids',
      right: text('an array'),
      value: 1,
    });
    expect(String(phrase)).toBe('ids must be an array, not 1');
    expect(phrase.in(korean)).toBe('ids: 1 대신 배열');
  });

  it('stays English when it has no translation', () => {
    expect(text('Nobody translated this.').in(korean)).toBe('Nobody translated this.');
    expect(phraseOf('The message of a host').in(korean)).toBe('The message of a host');
  });

  it('never translates a value that is a text, even if it equals a template', () => {
    expect(text('{{name}}', { name: 'The body' }).in(korean)).toBe('The body');
    expect(text('{{name}}', { name: text('The body') }).in(korean)).toBe('본문');
  });

  it('joins phrases and texts', () => {
    expect(joined(['a', text('The body')], '; ').in(korean)).toBe('a; 본문');
    expect(String(joined([], '; '))).toBe('');
  });

  it.each(['{{value}}', '{{field}}', '$t(The body)', '$&', "$'", '$1', '{{__proto__}}', '__proto__', '\u0000\ud800'])(
    'repeats the value %j and does not interpret it',
    (value) => {
      const phrase = text('{{field}} must be {{right}}, not {{value}}', { field: 'f', right: 'r', value });
      expect(String(phrase)).toBe(`f must be r, not ${value}`);
      expect(phrase.in(korean)).toBe(`f: ${value} 대신 r`);
    },
  );

  it('repeats any values of 4,000 characters and does not interpret them', () => {
    const scraps = fc.constantFrom(
      '{{field}}',
      '{{value}}',
      '{{',
      '}}',
      '$&',
      '$t(',
      'The body',
      ' must be ',
      ';',
      '가',
    );
    const values = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 4_000 }),
      fc.array(scraps, { maxLength: 400 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(values, values, values, (field, right, value) => {
        const phrase = text('{{field}} must be {{right}}, not {{value}}', { field, right, value });
        expect(String(phrase)).toBe(`${field} must be ${right}, not ${value}`);
        expect(phrase.in(korean)).toBe(`${field}: ${value} 대신 ${right}`);
      }),
    );
  });

  it('has a placeholder without a value as it is', () => {
    expect(String(new Phrase('{{a}} {{toString}}', { b: 1 }))).toBe('{{a}} {{toString}}');
  });

  it('needs exactly the values of its template', () => {
    // @ts-expect-error -- a value is missing
    expect(String(text('{{a}} {{b}}', { a: 1 }))).toBe('1 {{b}}');
    // @ts-expect-error -- a value is unknown
    expect(String(text('{{a}}', { a: 1, b: 2 }))).toBe('1');
    // @ts-expect-error -- all values are missing
    expect(String(text('{{a}}'))).toBe('{{a}}');
  });
});

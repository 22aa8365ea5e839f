import { describe, expect, it } from '@jest/globals';
import { catalogueReport, messageReport } from './message-report.js';
import { documentTexts, messageTexts, translationsIn } from './message-texts.js';

describe('The messages of this repository', () => {
  it('have Korean translations, with the same placeholders, and no others exist', () => {
    expect(messageReport('.')).toEqual({ faults: [], stale: [] });
  });
});

describe('messageTexts', () => {
  it('finds templates and the literals that an error is made from', () => {
    const source = `
      text('a {{b}}', { b: 1 });
      throw new DomainError('NOT_FOUND', 'c');
      throw new InvalidRequestError(['d', text(\`e\`), other]);
      other('f');
    `;
    const { texts, faults } = messageTexts('a.ts', source);
    expect(texts.map(({ english, at }) => `${at} ${english}`).toSorted()).toEqual([
      'a.ts:2 a {{b}}',
      'a.ts:3 c',
      'a.ts:4 d',
      'a.ts:4 e',
    ]);
    expect(faults).toEqual([]);
  });

  it.each([
    'text(`a ${b}`)',
    "text('a' + b)",
    'new DomainError(code, `a ${b}`)',
    'new InvalidRequestError([`a ${b}`])',
  ])('refuses the expression in %s', (source) => {
    expect(messageTexts('a.ts', source)).toEqual({ texts: [], faults: [expect.stringMatching(/^a\.ts:1: .*literal/)] });
  });
});

describe('translationsIn', () => {
  it('reads the entries of a catalogue', () => {
    const source = "export const X: Catalogue = {\n  'a {{b}}': '가 {{b}}',\n  c: '다',\n};";
    expect(translationsIn('ko.ts', source)).toEqual([
      { english: 'a {{b}}', korean: '가 {{b}}', at: 'ko.ts:2' },
      { english: 'c', korean: '다', at: 'ko.ts:3' },
    ]);
  });
});

describe('documentTexts', () => {
  it('finds the parts of descriptions', () => {
    const document = { info: { description: 'a\n\nb' }, example: { description: 'c' } };
    expect(documentTexts('o.json', document).map(({ english }) => english)).toEqual(['a', 'b']);
  });
});

describe('catalogueReport', () => {
  const text = { english: 'a {{b}}', at: 'a.ts:1' };
  const entry = { ...text, korean: '가 {{b}}', at: 'ko.ts:1' };

  it('finds nothing when both agree', () => {
    expect(catalogueReport([text, text], [entry, entry])).toEqual({ faults: [], stale: [] });
  });

  it('reports a changed English text, and the translation that it had', () => {
    expect(catalogueReport([{ ...text, english: 'c' }], [entry]).stale).toEqual([
      'ko.ts:1: "a {{b}}" is no English text any more',
      'a.ts:1: "c" has no Korean translation in src/translations/ko/',
    ]);
  });

  it('refuses other placeholders, and two translations of one text', () => {
    const other = { ...entry, korean: '가 {{c}}', at: 'ko.ts:2' };
    expect(catalogueReport([text], [entry, other]).faults).toEqual([
      'ko.ts:2: "a {{b}}" has another translation at ko.ts:1',
      'ko.ts:2: "a {{b}}" and its translation have different placeholders',
    ]);
  });
});

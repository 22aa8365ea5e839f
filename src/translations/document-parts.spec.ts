import { describe, expect, it } from '@jest/globals';
import { partsOf, translatedText, withTexts } from './document-parts.js';
import { translatorOf } from './phrase.js';

const korean = translatorOf({
  'One sentence. Another one.': '문장입니다.',
  'Known values: {{values}}. There may be more.': '알려진 값: {{values}}.',
});

const shout = (text: string): string => text.toUpperCase();

describe('The parts of a description', () => {
  it('are its paragraphs without line breaks, and the values at the end of one', () => {
    expect(partsOf('One sentence.\nAnother one. Known values: `a`, `b`. There may be more.\n\nA paragraph.')).toEqual([
      'One sentence. Another one.',
      'Known values: {{values}}. There may be more.',
      'A paragraph.',
    ]);
  });

  it('are translated each, whatever the values are', () => {
    const description = 'One sentence.\nAnother one. Known values: `a`, `b`. There may be more.\n\nOf a\nhost.';
    expect(translatedText(description, korean)).toBe('문장입니다. 알려진 값: `a`, `b`.\n\nOf a\nhost.');
    expect(translatedText('Known values: `a`. There may be more.', korean)).toBe('알려진 값: `a`.');
    expect(translatedText('Of a\nhost. Known values: `a`. There may be more.', korean)).toBe(
      'Of a host. 알려진 값: `a`.',
    );
  });
});

describe('A document with other texts', () => {
  it('has other summaries, descriptions and messages of example errors', () => {
    const document = {
      info: { title: 'a', description: 'b' },
      responses: {
        default: {
          description: 'c',
          examples: { example: { summary: 'd', value: { error: { code: 'X', message: 'e' } } } },
        },
      },
    };
    expect(withTexts(document, shout)).toEqual({
      info: { title: 'a', description: 'B' },
      responses: {
        default: {
          description: 'C',
          examples: { example: { summary: 'D', value: { error: { code: 'X', message: 'E' } } } },
        },
      },
    });
  });

  it('keeps data: examples, default values, and properties that are called like a text', () => {
    const document = {
      properties: { description: { type: 'string' }, value: { default: 'a' }, example: { example: 'b' } },
      example: { description: 'c', error: { code: 'X', message: 'd' } },
      examples: { one: { value: { description: 'e', summary: 'f' } } },
    };
    expect(withTexts(document, shout)).toEqual(document);
  });
});

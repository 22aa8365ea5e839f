import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { withTexts } from './document-parts.js';
import { koreanDocument } from './document-texts.js';

const HANGUL = /[가-힣]/;

const blank = (document: unknown): unknown => withTexts(document, () => '');

describe('The OpenAPI document of the service in Korean', () => {
  const english: unknown = JSON.parse(readFileSync('openapi.json', 'utf8'));
  const korean = koreanDocument(english);

  it('has only Korean texts', () => {
    const texts: string[] = [];
    withTexts(korean, (text) => {
      texts.push(text);
      return text;
    });
    expect(texts.length).toBeGreaterThan(500);
    expect(texts.filter((text) => text.split('\n\n').some((paragraph) => !HANGUL.test(paragraph)))).toEqual([]);
  });

  it('is otherwise the English one', () => {
    expect(blank(korean)).toEqual(blank(english));
    expect(HANGUL.test(JSON.stringify(english))).toBe(false);
  });

  it('has Korean messages of errors in its examples', () => {
    expect(JSON.stringify(korean)).toContain('"error":{"code":"NOT_FOUND","message":"ID가 일치하는 객체가 없습니다."}');
  });
});

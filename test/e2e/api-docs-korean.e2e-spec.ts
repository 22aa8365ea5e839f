import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { startApp, type TestApp } from '../support/app.js';

const HANGUL = /[가-힣]/;
const isText = (key: string, value: unknown): value is string =>
  (key === 'description' || key === 'summary') && typeof value === 'string';

/** The document without its texts. */
function skeletonOf(document: unknown): unknown {
  return JSON.parse(
    JSON.stringify(document, (key, value: unknown) => (isText(key, value) || key === 'message' ? '' : value)),
  );
}

describe('The OpenAPI document in Korean', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp();
  });

  afterAll(async () => {
    await service.close();
  });

  const ask = (path: string, language?: string) =>
    fetch(`${service.url}${path}`, language === undefined ? {} : { headers: { 'accept-language': language } });

  it('has Korean texts, and is otherwise the English one', async () => {
    const english: unknown = JSON.parse(readFileSync('openapi.json', 'utf8'));
    const answer = await ask('/openapi.json', 'ko-KR,ko;q=0.9');
    expect([answer.headers.get('content-language'), answer.headers.get('vary')]).toEqual(['ko', 'Accept-Language']);
    const korean: unknown = await answer.json();
    expect(skeletonOf(korean)).toEqual(skeletonOf(english));
    const texts: string[] = [];
    JSON.stringify(korean, (key, value: unknown) => {
      // A description of an example is data of a user.
      if (key === 'example') return undefined;
      if (isText(key, value) && value !== 'Production') texts.push(value);
      return value;
    });
    expect(texts.length).toBeGreaterThan(500);
    expect(texts.filter((text) => !HANGUL.test(text))).toEqual([]);
    expect(JSON.stringify(korean)).toContain('"message":"ID가 일치하는 객체가 없습니다."');
  });

  it('is also YAML, and the document of the page', async () => {
    const yaml = parse(await (await ask('/openapi.yaml', 'ko')).text()) as { info: { description: string } };
    expect(yaml.info.description).toMatch(HANGUL);
    const page = await ask('/docs/swagger-ui-init.js', 'ko');
    expect(page.headers.get('content-language')).toBe('ko');
    expect(await page.text()).toContain('웹훅을 등록합니다.');
  });

  it.each([undefined, 'en', 'ja, en;q=0.5', 'ko;q=0'])(
    'is English for %j, also after a Korean answer',
    async (language) => {
      await ask('/openapi.json', 'ko');
      const answer = await ask('/openapi.json', language);
      expect([answer.headers.has('content-language'), answer.headers.get('vary')]).toEqual([false, 'Accept-Language']);
      expect(await answer.json()).toEqual(JSON.parse(readFileSync('openapi.json', 'utf8')));
    },
  );
});

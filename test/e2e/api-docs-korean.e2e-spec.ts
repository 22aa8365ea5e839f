import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { startApp, type TestApp } from '../support/app.js';

const DESCRIPTION = '웹훅을 등록하고, 추출 이벤트를 발행하고, 모든 전송 시도의 로그를 조회합니다.';

// src/translations/document-texts.spec.ts compares the whole document.
describe('The documentation of the API in Korean', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp();
  });

  afterAll(async () => {
    await service.close();
  });

  const ask = (path: string, language?: string) =>
    fetch(`${service.url}${path}`, language === undefined ? {} : { headers: { 'accept-language': language } });

  it.each(['/openapi.json', '/openapi.yaml', '/docs/swagger-ui-init.js'])('is %s', async (path) => {
    const answer = await ask(path, 'ko-KR,ko;q=0.9,en;q=0.5');
    expect([answer.headers.get('content-language'), answer.headers.get('vary')]).toEqual(['ko', 'Accept-Language']);
    const text = await answer.text();
    expect(text).toContain(DESCRIPTION);
    if (path.endsWith('.yaml')) expect(parse(text)).toMatchObject({ openapi: '3.1.0' });
  });

  it.each([undefined, 'en', 'ja, en;q=0.5', 'ko;q=0'])(
    'is not the answer to %j, also after a Korean one',
    async (language) => {
      const english = await (await ask('/openapi.json')).text();
      await ask('/openapi.json', 'ko');
      const answer = await ask('/openapi.json', language);
      expect([answer.headers.has('content-language'), answer.headers.get('vary')]).toEqual([false, 'Accept-Language']);
      const text = await answer.text();
      expect(text === english).toBe(true);
      expect(text).not.toMatch(/[가-힣]/);
    },
  );
});

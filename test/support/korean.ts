import { expect, jest } from '@jest/globals';

/** Lets every request of the tests of a group accept a language. Call it in `beforeAll`. */
export function acceptLanguage(language: string): void {
  const { fetch } = globalThis;
  jest.spyOn(globalThis, 'fetch').mockImplementation((input, init) => {
    const headers = new Headers(init?.headers);
    headers.set('accept-language', language);
    return fetch(input, { ...init, headers });
  });
}

/** The messages of JSON parsers are quoted as they are. */
const QUOTED = /\(JSON\.parse: .*?\)/g;
const ENGLISH_WORDS = /[a-z]+(?: [a-z]+){3}/i;

/** Expects a response with a Korean message: no sentence is left in English. */
export function expectKorean({ headers, body }: { headers: Headers; body: unknown }): void {
  const { message } = (body as { error: { message: string } }).error;
  expect(message).toMatch(/[가-힣]{2}/);
  expect(message.replaceAll(QUOTED, '')).not.toMatch(ENGLISH_WORDS);
  expect([headers.get('content-language'), headers.get('vary')]).toEqual(['ko', 'Accept-Language']);
}

import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../../support/app.js';

const JSON_TYPE = 'application/json';
const VALID = '{"url":"https://your-app.com/hook","events":["extraction.completed"]}';

describe('Malformed requests', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp();
  });

  afterAll(async () => {
    await service.close();
  });

  /** Posts bytes unchanged: fetch adds a type of its own to a text. */
  async function post(body: string, type: string | undefined = JSON_TYPE, path = '/v1/webhooks') {
    const response = await fetch(`${service.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${service.api.key}`, ...(type === '' ? {} : { 'content-type': type }) },
      body: Buffer.from(body),
    });
    const answer: unknown = await response.json();
    return { status: response.status, body: answer };
  }

  /** Sends bytes unchanged, and reads until the service closes the connection. */
  async function answerTo(bytes: string): Promise<string> {
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
    socket.write(bytes);
    return text(socket);
  }

  it.each([
    ['broken JSON', '{"url":'],
    ['a trailing comma', '{"url":"https://your-app.com",}'],
    ['single quotes', "{'url':'https://your-app.com'}"],
    ['two values', `${VALID}${VALID}`],
    ['NaN', '{"url":NaN}'],
    ['a byte order mark alone', '\ufeff'],
    ['markup', '<webhook/>'],
  ])('get 400 when the body is %s', async (_case, body) => {
    expect(await post(body)).toEqual({ status: 400, body: error('VALIDATION_ERROR') });
  });

  it.each(['[]', `[${VALID}]`, 'null', 'true', '0', '"url"'])(
    'get 400 when the body is %s, which is no object',
    async (body) => {
      expect(await post(body)).toEqual({
        status: 400,
        body: error(
          'VALIDATION_ERROR',
          expect.stringMatching(
            /^The body must be a JSON object with url, events, description, metadata,[\w ,]+ and auth/,
          ),
        ),
      });
    },
  );

  it.each(['', ' \n'])('get the names of the missing fields when the body is empty (%j)', async (body) => {
    expect(await post(body)).toEqual({
      status: 400,
      body: error('VALIDATION_ERROR', expect.stringMatching(/url.*events/)),
    });
  });

  it.each([
    ['text/plain', 'text/plain'],
    ['a form', 'application/x-www-form-urlencoded'],
    ['a form with files', 'multipart/form-data; boundary=x'],
    ['another kind of JSON', 'application/vnd.api+json'],
    ['nonsense', 'nonsense'],
    ['no type', ''],
  ])('get 415 when the type of the body is %s', async (_case, type) => {
    const answer = await post(VALID, type);
    expect(answer).toEqual({ status: 415, body: error('UNSUPPORTED_MEDIA_TYPE', expect.stringContaining(JSON_TYPE)) });
  });

  it.each(['application/json; charset=utf-8', 'Application/JSON'])(
    'pass the check of the type when the body is %s',
    async (type) => {
      expect((await post('{}', type)).status).toBe(400);
    },
  );

  it.each([
    ['objects', '{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000)],
    ['arrays', '['.repeat(10_000) + ']'.repeat(10_000)],
    ['arrays that never close', '['.repeat(60_000)],
    ['an event', `{"data":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_001)}`],
  ])('get 400 when they have 10,000 nested levels of %s', async (_case, body) => {
    const refusal = { status: 400, body: error('VALIDATION_ERROR', expect.stringContaining('nested')) };
    expect(await post(body)).toEqual(refusal);
    expect(await post(body, JSON_TYPE, '/v1/events')).toEqual(refusal);
  });

  it('are accepted when a text contains many brackets', async () => {
    const body = JSON.stringify({ ...JSON.parse(VALID), description: '[{'.repeat(200) + '\\"' });
    expect((await post(body)).status).toBe(200);
  });

  it.each(['__proto__', '\\u005f_proto__', '__pr\\u006fto__'])(
    'get 400 when they have a key "%s" at any depth',
    async (key) => {
      for (const body of [`{"${key}":{"active":false}}`, `{"events":[{"a":{"${key}" : 1}}]}`]) {
        expect(await post(body)).toEqual({
          status: 400,
          body: error('VALIDATION_ERROR', expect.stringContaining('__proto__')),
        });
      }
      expect(({} as { active?: boolean }).active).toBeUndefined();
    },
  );

  it('are accepted when a text mentions __proto__', async () => {
    expect((await post(JSON.stringify({ ...JSON.parse(VALID), description: '"__proto__": 1' }))).status).toBe(200);
  });

  it.each(['/v1/webhooks/%zz', '/v1/webhooks/%', '/v1/webhooks/%e0%a4%a', '/%c3%28'])(
    'get 400 when the path %s can not be decoded',
    async (path) => {
      const { status, body } = await service.api.get(path);
      expect({ status, body }).toEqual({ status: 400, body: error('VALIDATION_ERROR') });
    },
  );

  it.each([500, 501, 8_000])('get 404 when an id has %i characters', async (length) => {
    const { status, body } = await service.api.get(`/v1/webhooks/${'a'.repeat(length)}`);
    expect({ status, body }).toEqual({ status: 404, body: error('NOT_FOUND') });
  });

  it.each([
    ['a path over 16 KiB', `GET /v1/webhooks/${'a'.repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n`],
    ['headers over 16 KiB', `GET /v1/webhooks HTTP/1.1\r\nhost: x\r\nx-large: ${'a'.repeat(20_000)}\r\n\r\n`],
    ['an unknown method', 'BREW /v1/webhooks HTTP/1.1\r\nhost: x\r\n\r\n'],
    ['another protocol', 'EHLO your-app.com\r\n\r\n'],
    ['two lengths', 'POST /v1/webhooks HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n'],
    ['no host', 'GET /v1/webhooks HTTP/1.1\r\nconnection: close\r\n\r\n'],
    ['two hosts', 'GET /v1/webhooks HTTP/1.1\r\nhost: x\r\nhost: y\r\nconnection: close\r\n\r\n'],
  ])('get an error of the same form, with a request id, for %s', async (_case, bytes) => {
    const [head = '', body = ''] = (await answerTo(bytes)).split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(head).toMatch(/\r\nx-request-id: [0-9a-f-]{36}\r\n/);
    expect(JSON.parse(body)).toEqual(error('VALIDATION_ERROR'));
  });

  it('need no host with HTTP/1.0', async () => {
    expect(await answerTo('GET /health HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });

  it('are served when they have an unknown expectation', async () => {
    const answer = await answerTo('GET /health HTTP/1.1\r\nhost: x\r\nexpect: miracles\r\nconnection: close\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).toContain('{"status":"ok"}');
  });

  it('leave the service working', async () => {
    expect((await service.api.get('/v1/webhooks')).status).toBe(200);
  });
});

/** The whole body of an error. */
function error(code: string, message: unknown = expect.any(String)) {
  return { error: { code, message } };
}

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../../support/app.js';
import { answerTo, postOf } from '../support/raw-request.js';
import { clientOf } from '../../support/user-client.js';

const WEBHOOK = '{"url":"https://your-app.com/hook","events":["extraction.completed"]}';
const EXPECTING = { 'content-type': 'application/json', expect: '100-continue' };

describe('Expect: 100-continue', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp({ env: { RATE_LIMIT_PER_MINUTE: '10' } });
  });

  afterAll(async () => {
    await service.close();
  });

  /** A key of a user who has made no request yet. */
  async function newKey(): Promise<Record<string, string>> {
    return { authorization: `Bearer ${(await service.as(`uid_${randomUUID()}`)).key}` };
  }

  it.each<[number, string, string, Record<string, string>]>([
    [401, 'no key', '/v1/webhooks', {}],
    [401, 'a wrong key', '/v1/webhooks', { authorization: 'Bearer dm_live_000000000000000000000000000000' }],
    [401, 'another spelling of the path', '/%761/webhooks', {}],
    [404, 'an unknown path', '/v1/nope', {}],
    [405, 'another method', '/health', {}],
  ])('gets %i without 100 when the request has %s', async (status, _case, path, headers) => {
    const request = postOf(path, { ...EXPECTING, ...headers, 'content-length': '1000' });
    expect(await answerTo(service.url, request)).toMatchObject({ status, interim: [] });
  });

  it.each<[number, string, Record<string, string>]>([
    [413, 'a body over the limit', { 'content-length': '70000' }],
    [415, 'a body that is no JSON', { 'content-length': '10', 'content-type': 'text/plain' }],
    [415, 'a body in chunks that is no JSON', { 'transfer-encoding': 'chunked', 'content-type': 'text/plain' }],
    [415, 'a compressed body', { 'content-length': '10', 'content-encoding': 'gzip' }],
    [415, 'a body in another charset', { 'content-length': '10', 'content-type': 'application/json;charset=euc-kr' }],
  ])('gets %i without 100 when the request has %s', async (status, _case, headers) => {
    const request = postOf('/v1/webhooks', { ...EXPECTING, ...(await newKey()), ...headers });
    expect(await answerTo(service.url, request)).toMatchObject({ status, interim: [] });
  });

  it('gets 403 without 100 when the key lacks the scope', async () => {
    const { key } = await clientOf(service, `uid_${randomUUID()}`, ['webhooks']);
    const headers = { ...EXPECTING, authorization: `Bearer ${key}`, 'content-length': '10' };
    expect(await answerTo(service.url, postOf('/v1/events', headers))).toMatchObject({ status: 403, interim: [] });
  });

  it('gets 429 without 100 when the user is over the limit', async () => {
    const headers = { ...EXPECTING, ...(await newKey()), 'content-length': '70000' };
    for (let count = 0; count < 10; count += 1) await answerTo(service.url, postOf('/v1/webhooks', headers));
    expect(await answerTo(service.url, postOf('/v1/webhooks', headers))).toMatchObject({ status: 429, interim: [] });
  });

  it.each(['100-continue', '100-Continue'])('gets 100 before the body is read: %s', async (expectation) => {
    const headers = {
      ...EXPECTING,
      ...(await newKey()),
      expect: expectation,
      'content-length': String(WEBHOOK.length),
    };
    expect(await answerTo(service.url, postOf('/v1/webhooks', headers, WEBHOOK))).toMatchObject({
      status: 200,
      interim: [100],
    });
  });

  it('gets no 100 when the request is HTTP/1.0', async () => {
    const headers = { ...EXPECTING, ...(await newKey()), 'content-length': String(WEBHOOK.length) };
    const request = postOf('/v1/webhooks', headers, WEBHOOK).replace('HTTP/1.1', 'HTTP/1.0');
    expect(await answerTo(service.url, request)).toMatchObject({ status: 200, interim: [] });
  });

  it('closes the connection after a refusal', async () => {
    const request = postOf('/v1/webhooks', { ...EXPECTING, 'content-length': '1000' });
    expect((await answerTo(service.url, request)).headers.connection).toBe('close');
  });
});

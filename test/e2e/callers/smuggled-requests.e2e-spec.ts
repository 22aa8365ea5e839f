import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../../support/app.js';

/** A request that passes a proxy with another interpretation of the message around it. */
const SMUGGLED = 'GET /health HTTP/1.1\r\nhost: smuggled\r\n\r\n';
const POST = 'POST /v1/webhooks HTTP/1.1\r\nhost: x\r\n';
const CHUNKED = 'transfer-encoding: chunked\r\n';

describe('A request whose end can be read in two ways', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp();
  });

  afterAll(async () => {
    await service.close();
  });

  async function send(bytes: string): Promise<string> {
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
    socket.write(bytes, 'latin1');
    return text(socket);
  }

  it.each([
    ['a length and chunks', `${POST}content-length: 5\r\n${CHUNKED}\r\n0\r\n\r\n${SMUGGLED}`],
    ['chunks and a length', `${POST}${CHUNKED}content-length: 5\r\n\r\n0\r\n\r\n${SMUGGLED}`],
    ['two lengths', `${POST}content-length: 0\r\ncontent-length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`],
    ['two lengths in one header', `${POST}content-length: 0, 5\r\n\r\n${SMUGGLED}`],
    ['a length with a sign', `${POST}content-length: +5\r\n\r\n${SMUGGLED}`],
    ['a negative length', `${POST}content-length: -1\r\n\r\n${SMUGGLED}`],
    ['a length in hex', `${POST}content-length: 0x5\r\n\r\n${SMUGGLED}`],
    ['an empty length', `${POST}content-length:\r\n\r\n${SMUGGLED}`],
    ['a length beyond 64 bits', `${POST}content-length: 99999999999999999999\r\n\r\n${SMUGGLED}`],
    ['an unknown encoding', `${POST}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n${SMUGGLED}`],
    ['chunked before another', `${POST}transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n${SMUGGLED}`],
    ['a space before the colon', `${POST}transfer-encoding : chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`],
    ['a folded header', `${POST}x: y\r\n ${CHUNKED}content-length: 5\r\n\r\n${SMUGGLED}`],
    ['a NUL in a header', `${POST}content-length: 0\0\r\n\r\n${SMUGGLED}`],
    ['a bare CR in a header', `${POST}x: y\rtransfer-encoding: chunked\r\n\r\n${SMUGGLED}`],
    ['a chunk with a sign', `${POST}${CHUNKED}\r\n+5\r\nhello\r\n0\r\n\r\n${SMUGGLED}`],
    ['a chunk that overflows', `${POST}${CHUNKED}\r\n10000000000000005\r\nhello\r\n0\r\n\r\n${SMUGGLED}`],
    ['a chunk without its end', `${POST}${CHUNKED}\r\n5\r\nhelloworld\r\n0\r\n\r\n${SMUGGLED}`],
    ['no version', `GET /health\r\n\r\n${SMUGGLED}`],
    ['another version', `GET /health HTTP/3.7\r\nhost: x\r\n\r\n${SMUGGLED}`],
  ])('is refused, and the following bytes are not read: %s', async (_case, bytes) => {
    const answer = await send(bytes);
    // The head may be valid and answered 401 before the fault of the body arrives.
    expect(answer).toMatch(/^HTTP\/1\.1 40[01] /);
    expect(answer).not.toContain('HTTP/1.1 200');
    expect(answer).not.toContain('{"status":"ok"}');
  });

  it('unlike two that follow each other', async () => {
    const answer = await send(`${SMUGGLED}${SMUGGLED.replace('\r\n\r\n', '\r\nconnection: close\r\n\r\n')}`);
    expect(answer.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
  });
});

describe('The method of a request', () => {
  let service: TestApp;
  let path: string;

  beforeAll(async () => {
    service = await startApp();
    path = `/v1/webhooks/${(await service.api.createWebhook('https://your-app.com/hook')).webhook.id}`;
  });

  afterAll(async () => {
    await service.close();
  });

  it.each(['x-http-method-override', 'x-http-method', 'x-method-override'])('is not changed by %s', async (header) => {
    expect((await service.api.post(path, {}, { [header]: 'DELETE' })).status).toBe(405);
    const read = await service.api.request('GET', path, { headers: { [header]: 'DELETE' } });
    expect([read.status, read.body.data?.active]).toEqual([200, true]);
  });

  it('is not changed by the query or the body', async () => {
    expect((await service.api.post(`${path}?_method=DELETE`, { _method: 'DELETE' })).status).toBe(405);
    expect((await service.api.get(`${path}?_method=DELETE`)).status).toBe(200);
  });

  function head(suffix: string): Promise<Response> {
    return fetch(service.url + path + suffix, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${service.api.key}` },
    });
  }

  it('HEAD answers as GET does, without a body, and runs nothing else', async () => {
    const answer = await head('');
    expect([answer.status, await answer.text()]).toEqual([200, '']);
    for (const action of ['/test', '/rotate-secret', '/recover']) expect((await head(action)).status).toBe(405);
  });

  it.each(['OPTIONS', 'PUT', 'PROPFIND'])('%s is answered 405 with the methods that there are', async (method) => {
    const { status, headers } = await service.api.request(method, path);
    expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD, PATCH, DELETE']);
  });

  it('TRACE does not echo the request, and CONNECT opens no connection', async () => {
    for (const line of [`TRACE ${path}`, 'CONNECT 127.0.0.1:5432']) {
      const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
      socket.write(`${line} HTTP/1.1\r\nhost: x\r\nx-private: mirror\r\nconnection: close\r\n\r\n`);
      const answer = await text(socket);
      expect([line, answer]).toEqual([line, expect.not.stringContaining('mirror')]);
      expect(answer).not.toContain('HTTP/1.1 200');
    }
  });
});

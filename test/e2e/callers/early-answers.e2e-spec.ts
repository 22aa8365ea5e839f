import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../../support/app.js';
import { answerTo, postOf } from '../support/raw-request.js';

const MIB = 1_048_576;
/** The drained bytes and the buffers of both sockets. */
const MOST_SENT_BYTES = 5 * MIB + 16 * MIB;
const NEXT = 'GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';

/** Requests that are answered before their body, or without it. */
const EARLY: [string, string, string][] = [
  ['an unknown path', 'POST', '/nope'],
  ['a missing key', 'POST', '/v1/webhooks'],
  ['another method', 'PUT', '/v1/webhooks'],
  ['a path that can not be decoded', 'POST', '/%zz'],
  ['a method without a body', 'GET', '/health'],
];

describe('The rest of a body after an early answer', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp();
  });

  afterAll(async () => {
    await service.close();
  });

  function open(): Socket {
    // The service may close the connection while a part is still in transit.
    return connect(Number(new URL(service.url).port), '127.0.0.1').on('error', () => undefined);
  }

  it.each(EARLY)('is drained when it is at most 5 MiB, and the connection goes on: %s', async (_case, method, path) => {
    const socket = open();
    const answers = text(socket);
    socket.write(postOf(path, { 'content-length': String(5 * MIB) }).replace('POST', method));
    socket.write(Buffer.alloc(5 * MIB));
    socket.write(NEXT);
    expect((await answers).match(/HTTP\/1\.1 \d{3}/g)?.at(1)).toBe('HTTP/1.1 200');
  });

  it.each(EARLY)('ends the connection when its length is over 5 MiB: %s', async (_case, method, path) => {
    const head = postOf(path, { 'content-length': String(5 * MIB + 1) }).replace('POST', method);
    expect((await answerTo(service.url, head)).headers.connection).toBe('close');
  });

  it.each(EARLY)('ends the connection when its chunks exceed 5 MiB: %s', async (_case, method, path) => {
    const socket = open().resume();
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.write(postOf(path, { 'transfer-encoding': 'chunked' }).replace('POST', method));
    const chunk = Buffer.from(`10000\r\n${'x'.repeat(65_536)}\r\n`);
    // Without a bound this lasts as long as a request may take.
    while (!socket.destroyed && socket.bytesWritten < 2 * MOST_SENT_BYTES) {
      if (!socket.write(chunk)) await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed]);
    }
    expect(socket.bytesWritten).toBeLessThan(MOST_SENT_BYTES);
    await closed;
  });
});

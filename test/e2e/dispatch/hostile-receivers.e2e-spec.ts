import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../../support/app.js';
import { drip, RawReceiver } from '../support/raw-receiver.js';
import { newSubscriber } from '../support/subscriber.js';

const TIMEOUT = 'The operation was aborted due to timeout';

describe('A receiver that misbehaves', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp({ env: { DELIVERY_TIMEOUT_MS: '400', RETRY_SCHEDULE: '0s' } });
  });

  afterAll(async () => {
    await service.close();
  });

  /** The one record of an event to this URL. */
  async function recordOf(url: string) {
    const { publish, api } = await newSubscriber(service, url);
    await publish();
    const [record] = await api.log(1);
    return record!;
  }

  async function recordWith(behave: (socket: Socket) => void, scheme = 'http') {
    const receiver = await RawReceiver.start(behave);
    const record = await recordOf(`${scheme}://127.0.0.1:${receiver.port}/`);
    await receiver.close();
    return record;
  }

  it.each<[string, (socket: Socket) => void, number | null]>([
    ['says nothing', () => undefined, null],
    ['says nothing to a TLS handshake', () => undefined, null],
    ['drips its status line', (socket) => (socket.write('HTTP/1.1 200 '), drip(socket, 'O')), null],
    ['drips headers', (socket) => (socket.write('HTTP/1.1 200 OK\r\n'), drip(socket, 'a: b\r\n')), null],
    ['sends 103 without end', (socket) => drip(socket, 'HTTP/1.1 103 Early Hints\r\n\r\n'), null],
    ['holds the body back', (socket) => socket.write('HTTP/1.1 500 No\r\ncontent-length: 5\r\n\r\n'), 500],
  ])('is given up at the deadline when it %s', async (name, behave, httpStatus) => {
    const record = await recordWith(behave, name.includes('TLS') ? 'https' : 'http');
    expect(record).toMatchObject({ status: 'failed', error: TIMEOUT });
    expect([null, httpStatus]).toContain(record.httpStatus);
    expect(record.durationMs).toBeGreaterThanOrEqual(395);
  });

  it.each<[string, (socket: Socket) => void, string]>([
    ['hangs up without an answer', (socket) => socket.end(), 'connection closed'],
    ['resets the connection', (socket) => socket.resetAndDestroy(), 'connection closed'],
    ['hangs up in the headers', (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-'), 'connection closed'],
    ['speaks another protocol', (socket) => socket.write('SSH-2.0-OpenSSH_9.6\r\n'), 'invalid HTTP response'],
    ['sends bytes at random', (socket) => socket.write(Buffer.from([0, 255, 7, 13, 10, 254])), 'invalid HTTP response'],
    ['has a status of four digits', (socket) => socket.write('HTTP/1.1 2000 OK\r\n\r\n'), 'invalid HTTP response'],
    [
      'has a header of 100 kB',
      (socket) => socket.write(`HTTP/1.1 200 OK\r\na: ${'x'.repeat(100_000)}\r\n\r\n`),
      'invalid HTTP response',
    ],
    [
      'has 5,000 headers',
      (socket) => socket.write(`HTTP/1.1 200 OK\r\n${'name: value\r\n'.repeat(5_000)}\r\n`),
      'invalid HTTP response',
    ],
    ['answers TLS with plain HTTP', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), 'TLS handshake failed'],
  ])('leaves a record without a status when it %s', async (name, behave, error) => {
    const record = await recordWith(behave, name.includes('TLS') ? 'https' : 'http');
    expect(record).toMatchObject({ status: 'failed', httpStatus: null, error });
  });

  it.each<[string, (socket: Socket) => void]>([
    [
      'drips a body of known length',
      (socket) => (socket.write('HTTP/1.1 200 OK\r\ncontent-length: 50000\r\n\r\n'), drip(socket, 'x')),
    ],
    [
      'drips a chunked body',
      (socket) => (socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'), drip(socket, '1\r\nx\r\n')),
    ],
    ['hangs up in the body', (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhalf')],
    [
      'resets the connection in the body',
      (socket) => {
        socket.write('HTTP/1.1 201 Created\r\ncontent-length: 50\r\n\r\nhalf', () => {
          // The client must have read the status, because a reset discards unread bytes.
          setTimeout(() => socket.resetAndDestroy(), 50);
        });
      },
    ],
    ['has chunks that are none', (socket) => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n')],
    ['answers 204 with a length', (socket) => socket.write('HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\n')],
    [
      'says 100 before its answer',
      (socket) => socket.write('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'),
    ],
  ])('has taken the event when its status is 2xx and it %s', async (_case, behave) => {
    const record = await recordWith(behave);
    expect(record).toMatchObject({
      status: 'success',
      httpStatus: expect.any(Number),
      error: null,
      nextAttemptAt: null,
    });
  });

  it('leaves a record when it refuses the connection', async () => {
    const receiver = await RawReceiver.start(() => undefined);
    const { url } = receiver;
    await receiver.close();
    expect(await recordOf(url)).toMatchObject({ status: 'failed', httpStatus: null, error: 'connection refused' });
  });
});

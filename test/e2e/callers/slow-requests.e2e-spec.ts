import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../support/api-client.js';
import { startApp, type TestApp } from '../../support/app.js';

describe('A slow client', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp({ env: { REQUEST_TIMEOUT_MS: '1000' } });
  });

  afterAll(async () => {
    await service.close();
  });

  const HEAD = () =>
    `POST /v1/webhooks HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${service.api.key}\r\ncontent-type: application/json\r\n`;

  it.each<[string, () => string, string]>([
    ['says nothing', () => '', ''],
    ['stops in the first line', () => 'GET /v1/web', ''],
    ['drips its first line', () => 'GET /', 'a'],
    ['drips its headers', () => 'GET /v1/webhooks HTTP/1.1\r\nhost: x\r\n', 'x: y\r\n'],
    ['announces a body that does not come', () => `${HEAD()}content-length: 1000\r\n\r\n`, ''],
    ['drips its body', () => `${HEAD()}content-length: 1000\r\n\r\n`, ' '],
    ['drips its body in chunks', () => `${HEAD()}transfer-encoding: chunked\r\n\r\n`, '1\r\n \r\n'],
    ['drips a body that nobody reads', () => 'POST /nope HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n', ' '],
  ])('loses its socket when it %s', async (_case, start, drop) => {
    const socket = open(service);
    socket.write(start());
    const timer = setInterval(() => drop && socket.write(drop), 100);
    // Without a limit, neither this nor the test ends.
    const answer = await text(socket);
    clearInterval(timer);
    if (answer !== '') expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect((await service.api.get('/v1/webhooks')).status).toBe(200);
  });

  it('is served when it finishes in time', async () => {
    const socket = open(service);
    await once(socket, 'connect');
    const request = 'GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';
    for (const part of [request.slice(0, 20), request.slice(20, 40), request.slice(40)]) {
      socket.write(part);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });
});

describe('Connections', () => {
  it('are closed on arrival when there are too many, and accepted again when others end', async () => {
    const service = await startApp({ env: { MAX_CONNECTIONS: '20' } });
    try {
      const sockets = Array.from({ length: 30 }, () => open(service).resume());
      // Each of them waits for a request for up to 15 seconds.
      await eventually(
        async () => (sockets.filter(({ closed }) => closed).length >= 10 ? true : undefined),
        '10 connections to be closed',
        8_000,
      );
      expect(sockets.filter(({ closed }) => closed)).toHaveLength(10);
      for (const socket of sockets) socket.destroy();
      await eventually(
        () =>
          service.api.get('/v1/webhooks').then(
            ({ status }) => (status === 200 ? true : undefined),
            () => undefined,
          ),
        'room for a request',
      );
    } finally {
      await service.close();
    }
  });
});

function open({ url }: TestApp): Socket {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  // The service may close the connection while a part is still in transit.
  socket.on('error', () => undefined);
  return socket;
}

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ApiClient } from './api-client.js';
import { streamEvents } from './event-stream.js';

type Serve = (request: IncomingMessage, response: ServerResponse, connection: number) => void;

const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** The ids of the first events, the requests that were made, and the reasons of new connections. */
async function read(count: number, serve: Serve) {
  const requests: { url: string; lastEventId: unknown }[] = [];
  const server = createServer((request, response) => {
    requests.push({ url: request.url ?? '', lastEventId: request.headers['last-event-id'] });
    serve(request, response, requests.length);
  }).listen(0, '127.0.0.1');
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  const client = new ApiClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {});
  const stop = new AbortController();
  const ids: string[] = [];
  const reasons: string[] = [];
  const events = streamEvents({
    client,
    query: { events: ['a.b', 'c.*'] },
    signal: stop.signal,
    onOpen: () => undefined,
    onRetry: (reason) => void reasons.push(String(reason)),
  });
  for await (const { id } of events) {
    ids.push(id);
    if (ids.length === count) stop.abort();
  }
  return { ids, requests, reasons };
}

const open = (response: ServerResponse) =>
  response.writeHead(200, { 'content-type': 'text/event-stream', date: 'Mon, 20 Jan 2025 14:30:03 GMT' });
const message = (id: number) => `id: ${id}\nevent: extraction.completed\ndata: {}\n\n`;

describe('The events of a stream', () => {
  it('are read from pieces, without comments and remarks', async () => {
    const { ids, requests } = await read(2, (_request, response) => {
      open(response);
      for (const piece of [
        ': comment\n\n',
        'id: 1\nev',
        'ent: a.b\nda',
        'ta: {}\n',
        '\n',
        'event: error\ndata: x\n\n',
        message(2),
      ]) {
        response.write(piece);
      }
    });
    expect(ids).toEqual(['1', '2']);
    expect(requests).toEqual([{ url: '/v1/events/stream?events=a.b&events=c.*', lastEventId: undefined }]);
  });

  it('continue after the last one when the server ends or breaks the connection', async () => {
    const { ids, requests, reasons } = await read(3, (_request, response, connection) => {
      open(response).write(message(connection));
      if (connection === 1) response.end();
      if (connection === 2) setImmediate(() => response.destroy());
    });
    expect(ids).toEqual(['1', '2', '3']);
    expect(requests.map(({ lastEventId }) => lastEventId)).toEqual([undefined, '1', '2']);
    expect(reasons).toEqual(['the server closed the stream', expect.stringMatching(/^the connection broke: /)]);
  });

  it('begin at the first connection when none came before the next one', async () => {
    const { requests } = await read(1, (_request, response, connection) => {
      open(response);
      if (connection === 1) response.end();
      else response.write(message(1));
    });
    expect(requests[1]?.url).toMatch(/since=2025-01-20T14%3A30%3A03.000Z$/);
  });

  it('are read again after the server is away', async () => {
    const { ids, reasons } = await read(1, (_request, response, connection) => {
      if (connection === 1)
        response.writeHead(503).end('{"error":{"code":"SERVICE_UNAVAILABLE","message":"Stopping."}}');
      else open(response).write(message(1));
    });
    expect({ ids, reasons }).toEqual({ ids: ['1'], reasons: ['Stopping.'] });
  });

  it.each([
    ['a refused filter', 400, 'VALIDATION_ERROR', /No\./],
    ['an older server', 404, 'NOT_FOUND', /has no event stream: it is older/],
  ])('end with an error for %s', async (_name, status, code, expected) => {
    const body = JSON.stringify({ error: { code, message: 'No.' } });
    await expect(read(1, (_request, response) => response.writeHead(status).end(body))).rejects.toThrow(expected);
  });
});

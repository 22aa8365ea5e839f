import { execFile } from 'node:child_process';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { events, StreamRefusedError } from '../../../docs/examples/stream-events.js';
import { startApp, type TestApp } from '../../support/app.js';
import { BOOTSTRAP_KEY } from '../../support/bootstrap-key.js';
import { EXAMPLES } from './support/examples.js';
import { describeWith } from './support/languages.js';

const SINCE = '2025-01-20T00:00:00Z';
const RETRY_MS = 50;

interface Received {
  id: string;
  event: unknown;
}

interface Reading {
  url: string;
  key?: string;
  lastId?: string | undefined;
}

/** Takes a number of events with an example, and leaves. */
type Take = (count: number, reading: Reading) => Promise<Received[]>;

const takeInTypeScript: Take = async (count, { url, key = BOOTSTRAP_KEY, lastId }) => {
  const received: Received[] = [];
  for await (const each of events(url, key, SINCE, lastId, RETRY_MS)) {
    received.push(each);
    if (received.length === count) break;
  }
  return received;
};

const PROGRAM = `
import itertools, json, sys, urllib.error
import stream_events
stream_events.RETRY_SECONDS = ${RETRY_MS / 1_000}
count, url, key, last_id = sys.argv[1:]
try:
    received = itertools.islice(stream_events.events(url, key, "${SINCE}", last_id or None), int(count))
    print(json.dumps([{"id": event_id, "event": event} for event_id, event in received]))
except urllib.error.HTTPError as error:
    sys.exit(f"HTTP {error.code}")`;

const takeInPython: Take = async (count, { url, key = BOOTSTRAP_KEY, lastId = '' }) => {
  const args = ['-B', '-c', PROGRAM, String(count), url, key, lastId];
  const { stdout } = await promisify(execFile)('python3', args, { cwd: EXAMPLES, timeout: 30_000 });
  return JSON.parse(stdout) as Received[];
};

/** An answer of {@link unreliableServer}: a status, or the text of a stream that breaks off. */
type Answer = number | string;

/** A server that gives one answer for each request, and keeps the headers of all requests. */
async function unreliableServer(answers: Answer[]) {
  const requests: IncomingHttpHeaders[] = [];
  const server: Server = createServer((request, response) => {
    requests.push(request.headers);
    const answer = answers[requests.length - 1] ?? 500;
    if (typeof answer === 'number') return void response.writeHead(answer).end();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    return void response.write(answer, () => setImmediate(() => response.destroy()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return { url: `http://127.0.0.1:${port}`, requests, close: () => server.close() };
}

function testsOf(take: Take): void {
  let service: TestApp;
  let closeServer: (() => void) | undefined;

  beforeAll(async () => {
    service = await startApp();
  });

  afterAll(async () => {
    // After a fetch that is left, Node.js 20 opens another connection, and sends nothing on it.
    service.app.getHttpServer().closeAllConnections();
    await service.close();
  });

  afterEach(() => {
    closeServer?.();
    closeServer = undefined;
  });

  it('gets stored and new events, and goes on after the last id', async () => {
    const published = [{ title: 'Résumé – 추출' }, { pages: 2 }, { pages: 3 }];
    const [stored, ...later] = published.map((data, index) => ({
      event: 'extraction.completed',
      extractionId: `extract-${index}`,
      data,
    }));
    await service.api.publish(stored);
    const [first] = await take(1, service);
    const both = take(2, { ...service, lastId: first?.id });
    for (const event of later) await service.api.publish(event);
    expect([first, ...(await both)].map((each) => each?.event)).toEqual(
      published.map((data, index) => ({
        type: 'extraction.completed',
        timestamp: expect.any(String),
        data: { id: `extract-${index}`, ...data },
      })),
    );
  });

  it('ends with the reason when the key is wrong', async () => {
    await expect(take(1, { url: service.url, key: `dm_live_${'0'.repeat(64)}` })).rejects.toThrow('HTTP 401');
  });

  it('connects again after a break, with the last id', async () => {
    const server = await unreliableServer([
      ': heartbeat\n\nretry: 2000\n\nid: 1\n\nid: 2\nevent: a.b\ndata: {"type":\ndata: "a.b"}\n\nid: 3\nevent: a.b\nda',
      503,
      429,
      'event: error\ndata: {"error":{"code":"SLOW_READER"}}\n\nid: 3\nevent: a.b\ndata: {"type":"a.c"}\n\n',
    ]);
    closeServer = server.close;
    expect(await take(2, { url: server.url, lastId: '0' })).toEqual([
      { id: '2', event: { type: 'a.b' } },
      { id: '3', event: { type: 'a.c' } },
    ]);
    expect(server.requests.map((headers) => headers['last-event-id'])).toEqual(['0', '2', '2', '2']);
  });
}

describe("The documents' client of the event stream in TypeScript", () => {
  testsOf(takeInTypeScript);

  it('throws an error of its own when the service refuses it', async () => {
    const server = await unreliableServer([403]);
    await expect(takeInTypeScript(1, server)).rejects.toThrow(StreamRefusedError);
    server.close();
  });
});

describeWith('python3')("The documents' client of the event stream in Python", () => {
  testsOf(takeInPython);
});

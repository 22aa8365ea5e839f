import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AxiosError, type AxiosInstance } from 'axios';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { Dispatcher } from 'undici';
import { KEPT_BODY_BYTES } from '../queue/attempt-outcome.js';
import { TargetPolicy } from '../targets/target-policy.js';
import type { KeptBody } from './http-exchange.js';
import { createWebhookHttp } from './http-transport.js';
import { TargetAgents } from './target-agents.js';
import { NameResolver } from './target-lookup.js';

class NoResolver extends NameResolver {
  override async resolve(): Promise<string[]> {
    throw new Error('Nothing here has a name');
  }
}

/** Answers each request with the given bytes. An HTTP library would refuse to send some of them. */
class RawReceiver {
  readonly requests: string[] = [];
  connections = 0;
  answer: (socket: Socket) => void = () => undefined;
  private readonly sockets = new Set<Socket>();
  private readonly server: Server = createServer((socket) => {
    this.sockets.add(socket);
    this.connections += 1;
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      this.requests.push(data.toString('latin1'));
      this.answer(socket);
    });
  });

  async start(): Promise<this> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }
}

describe.each(['alone', 'with an interceptor'])('A request to a webhook, %s', (way) => {
  let agents: Dispatcher;
  let http: AxiosInstance;
  let receiver: RawReceiver;

  beforeAll(() => {
    agents = new TargetAgents(new TargetPolicy({ allowedNetworks: ['127.0.0.0/8'] }), new NoResolver(), {
      deliveryTimeoutMs: 10_000,
    });
    http = createWebhookHttp(agents);
    if (way === 'with an interceptor') http.interceptors.request.use((config) => config);
  });

  afterAll(async () => {
    await agents.destroy();
  });

  beforeEach(async () => {
    receiver = await new RawReceiver().start();
  });

  afterEach(async () => {
    await receiver.stop();
  });

  function post(signal = new AbortController().signal) {
    const headers = { 'content-type': 'application/json', 'accept-encoding': 'identity' };
    return http.request<KeptBody>({ method: 'POST', url: receiver.url, headers, data: '{"a":1}', signal });
  }

  function respond(head: string[], body: string | Buffer = ''): void {
    const length = `content-length: ${Buffer.byteLength(body)}`;
    receiver.answer = (socket) => {
      socket.write(Buffer.from([...head, length, 'connection: close', '', ''].join('\r\n'), 'latin1'));
      socket.end(body);
    };
  }

  it('is sent with its body and headers unchanged', async () => {
    respond(['HTTP/1.1 200 OK']);
    await post();
    const [request = ''] = receiver.requests;
    expect(request).toMatch(/^POST \/hook HTTP\/1\.1\r\n/);
    expect(request).toMatch(/\r\ncontent-type: application\/json\r\n/i);
    expect(request).toMatch(/\r\naccept-encoding: identity\r\n/i);
    expect(request).toMatch(/\r\n\r\n\{"a":1\}$/);
  });

  it.each([200, 204, 301, 304, 400, 404, 410, 429, 500, 599])('treats the status %i as an answer', async (status) => {
    respond([`HTTP/1.1 ${status} Whatever`]);
    expect((await post()).status).toBe(status);
  });

  it('does not follow a redirection', async () => {
    respond(['HTTP/1.1 307 Temporary Redirect', 'location: http://127.0.0.1:9/elsewhere']);
    const { status, headers } = await post();
    expect({ status, location: headers.location as unknown }).toEqual({
      status: 307,
      location: 'http://127.0.0.1:9/elsewhere',
    });
    expect(receiver.requests).toHaveLength(1);
  });

  it('keeps headers of any name, repeated ones together', async () => {
    respond([
      'HTTP/1.1 200 OK',
      'Retry-After: 5',
      'set-cookie: a=1',
      'set-cookie: b=2',
      '__proto__: polluted',
      'constructor: x',
      'normalize: x',
      'toString: x',
      'get: x',
      'X-Latin: caf\u00e9',
    ]);
    const { headers, status } = await post();
    expect(status).toBe(200);
    expect(Object.fromEntries(Object.entries(headers))).toMatchObject({ 'retry-after': '5', 'set-cookie': 'a=1, b=2' });
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(JSON.stringify(headers)).not.toMatch(/\\u0000/);
  });

  it.each([
    ['nothing', '', '', false],
    ['text', 'thanks', 'thanks', false],
    ['as much as is kept', 'x'.repeat(KEPT_BODY_BYTES), 'x'.repeat(KEPT_BODY_BYTES), false],
    ['one byte more', 'x'.repeat(KEPT_BODY_BYTES + 1), 'x'.repeat(KEPT_BODY_BYTES), true],
    ['far more', 'x'.repeat(1_000_000), 'x'.repeat(KEPT_BODY_BYTES), true],
    ['NUL', 'a\0b', 'a\ufffdb', false],
    ['bytes that are not UTF-8', Buffer.from([0x61, 0xff, 0xfe]), 'a\ufffd\ufffd', false],
    ['a surrogate in UTF-8', Buffer.from([0xed, 0xa0, 0x80]), '\ufffd\ufffd\ufffd', false],
    ['a character across the cut', `${'x'.repeat(KEPT_BODY_BYTES - 1)}é`, 'x'.repeat(KEPT_BODY_BYTES - 1), true],
    ['bytes that grow as text', Buffer.alloc(KEPT_BODY_BYTES, 0xff), '\ufffd'.repeat(KEPT_BODY_BYTES / 3), true],
    ['half a character at its end', Buffer.from([0x61, 0xe2, 0x82]), 'a\ufffd', false],
  ])('keeps the beginning of the body: %s', async (_what, body, text, truncated) => {
    respond(['HTTP/1.1 200 OK'], body);
    const { status, data } = await post();
    expect(status).toBe(200);
    expect(data.truncated).toBe(truncated);
    expect(data.text === text).toBe(true);
  });

  it('does not unpack a body', async () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000));
    respond(['HTTP/1.1 200 OK', 'content-encoding: gzip'], bomb);
    const { data } = await post();
    expect(data.text.startsWith('\x1f\ufffd\b')).toBe(true);
    expect(data.text.length).toBeLessThanOrEqual(bomb.length);
  });

  it('does not read an endless body to its end', async () => {
    const sent = new Promise<number>((resolve) => {
      receiver.answer = (socket) => {
        const more = () => {
          while (!socket.destroyed && socket.write(Buffer.alloc(65_536, 'x')));
        };
        socket.on('close', () => resolve(socket.bytesWritten)).on('drain', more);
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n');
        more();
      };
    });
    const { status, data } = await post();
    expect({ status, kept: data.text.length, truncated: data.truncated }).toEqual({
      status: 200,
      kept: KEPT_BODY_BYTES,
      truncated: true,
    });
    // The receiver sends as much as the kernel's buffers of both sides hold.
    expect(await sent).toBeLessThan(50_000_000);
  });

  it('limits each answer, not all answers of a connection', async () => {
    receiver.answer = (socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 40000\r\n\r\n${'x'.repeat(40_000)}`);
    };
    for (let request = 0; request < 10; request += 1) {
      const { data } = await post();
      expect(data).toEqual({ text: 'x'.repeat(KEPT_BODY_BYTES), truncated: true });
    }
    // The answer arrives shortly before its connection is free.
    expect(receiver.connections).toBeLessThanOrEqual(2);
  });

  it('returns the status when the body breaks off', async () => {
    receiver.answer = (socket) => socket.end('HTTP/1.1 503 No\r\nretry-after: 7\r\ncontent-length: 100\r\n\r\nshort');
    const error = await post().catch((error: unknown) => error);
    expect(error).toBeInstanceOf(AxiosError);
    const { response } = error as AxiosError<KeptBody>;
    expect(response).toMatchObject({ status: 503, data: { truncated: true } });
    expect(response?.headers['retry-after']).toBe('7');
  });

  it.each([
    ['bytes that are not HTTP', 'SSH-2.0-OpenSSH_9.6\r\n', 'HTTPParserError'],
    ['a bad status line', 'HTTP/1.1 abc OK\r\n\r\n', 'HTTPParserError'],
    ['a bad header', 'HTTP/1.1 200 OK\r\nbad header\r\n\r\n', 'HTTPParserError'],
    ['headers over 16 KiB', `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`, 'HeadersOverflowError'],
    ['nothing at all', '', 'SocketError'],
  ])('fails when the answer is %s', async (_what, answer, error) => {
    receiver.answer = (socket) => socket.end(answer);
    await expect(post()).rejects.toMatchObject({ name: error });
  });

  it.each([
    ['says nothing', ''],
    ['sends half a head', 'HTTP/1.1 200 OK\r\nx: '],
    ['sends interim answers only', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(20)],
    ['sends half a body', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab'],
  ])('ends at its signal when the receiver %s', async (_what, answer) => {
    const ended = new AbortController();
    receiver.answer = (socket) => {
      socket.write(answer);
      setImmediate(() => ended.abort(new Error('The time is over')));
    };
    // axios replaces the reason of the signal with its own error.
    const error = way === 'alone' ? { message: expect.stringMatching(/over|broke off/) } : { code: 'ERR_CANCELED' };
    await expect(post(ended.signal)).rejects.toMatchObject(error);
  });

  it('reads no proxy from the environment', async () => {
    const before = { ...process.env };
    Object.assign(process.env, {
      HTTP_PROXY: 'http://127.0.0.1:9',
      http_proxy: 'http://127.0.0.1:9',
      ALL_PROXY: 'http://127.0.0.1:9',
    });
    try {
      respond(['HTTP/1.1 200 OK']);
      expect((await post()).status).toBe(200);
    } finally {
      for (const name of ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY']) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
    }
  });
});

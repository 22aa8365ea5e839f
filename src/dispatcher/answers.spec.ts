import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createServer as createHttpServer } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { answerBytes, ScriptedReceiver } from '../../test/support/scripted-receiver.js';
import { WebhookCaller } from '../../test/support/webhook-caller.js';

const HEAD = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${HEAD}transfer-encoding: chunked\r\n\r\n`;
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
const EARLY_HINTS = 'HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n';
const TIMEOUT = 'The operation was aborted due to timeout';

/** Waits for turns of the event loop. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await setImmediate();
}

describe.each(['alone', 'with an interceptor'])('An answer to an attempt, %s', (way) => {
  let caller: WebhookCaller;
  let receiver: ScriptedReceiver;

  beforeEach(() => {
    caller = new WebhookCaller();
    if (way === 'with an interceptor') caller.interceptors.use((config) => config);
  });

  afterEach(async () => {
    await caller.stop();
    await receiver.stop();
  });

  async function outcomeOf(answer: (socket: Socket) => void, body?: string) {
    receiver = await ScriptedReceiver.start(answer);
    return caller.call(receiver.url, body === undefined ? {} : { body });
  }

  describe('after interim ones', () => {
    it.each([
      ['100', CONTINUE],
      ['102', 'HTTP/1.1 102 Processing\r\n\r\n'],
      ['103', EARLY_HINTS],
      ['several', CONTINUE + EARLY_HINTS + CONTINUE + EARLY_HINTS],
      ['100 with headers', 'HTTP/1.1 100 Continue\r\nserver: a\r\nconnection: close\r\n\r\n'],
    ])('counts: %s', async (_what, interim) => {
      const outcome = await outcomeOf((socket) => void socket.write(interim + answerBytes(200, 'done')));
      expect(outcome).toMatchObject({ error: null, response: { status: 200, body: 'done', truncated: false } });
    });

    it('counts when every byte arrives alone', async () => {
      const outcome = await outcomeOf((socket) => {
        const send = async (): Promise<void> => {
          socket.setNoDelay(true);
          for (const byte of CONTINUE + EARLY_HINTS + answerBytes(202, 'done')) {
            await new Promise((resolve) => socket.write(byte, resolve));
            await setImmediate();
          }
        };
        void send();
      });
      expect(outcome).toMatchObject({ error: null, response: { status: 202, body: 'done' } });
    });

    it('keeps its connection for the next request', async () => {
      await outcomeOf((socket) => void socket.write(CONTINUE + answerBytes(200)));
      for (let time = 0; time < 5; time += 1) expect(await caller.call(receiver.url)).toMatchObject({ error: null });
      // The answer arrives shortly before its connection is free.
      expect(receiver.connections).toBeLessThanOrEqual(2);
    });

    it('fails at once when interim answers have no end', async () => {
      const outcome = await outcomeOf((socket) => {
        const block = CONTINUE.repeat(1_000);
        const more = (): void => {
          while (!socket.destroyed && socket.write(block));
        };
        socket.on('drain', more);
        more();
      });
      expect(outcome).toMatchObject({ error: 'invalid HTTP response', response: null });
    });

    it('fails at once when the receiver switches protocols', async () => {
      const upgrade = 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n';
      for (const head of [upgrade, 'HTTP/1.1 101 Switching Protocols\r\n\r\n']) {
        let closed: Promise<unknown> | undefined;
        const outcome = await outcomeOf((socket) => {
          closed = once(socket, 'close');
          socket.write(head);
        });
        expect(outcome).toMatchObject({ error: 'invalid HTTP response', response: null });
        await closed;
        await receiver.stop();
      }
      receiver = await ScriptedReceiver.start(() => undefined);
    });
  });

  describe('with a 2xx status', () => {
    it.each<[string, string]>([
      ['204 with a length', 'HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\n'],
      ['204 with a length and a body', 'HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\nhello'],
    ])('is a success without a body: %s', async (_what, bytes) => {
      const outcome = await outcomeOf((socket) => void socket.write(bytes));
      expect(outcome).toMatchObject({ error: null, response: { status: 204, body: '', truncated: false } });
    });

    it.each<[string, string, string]>([
      ['a body shorter than its length', `${HEAD}content-length: 50\r\n\r\nhalf`, 'half'],
      ['no body though it has a length', `${HEAD}content-length: 50\r\n\r\n`, ''],
      ['a chunk that breaks off', `${CHUNKED}5\r\nhal`, 'hal'],
      ['no last chunk', `${CHUNKED}4\r\nhalf\r\n`, 'half'],
      ['a chunk of no size', `${CHUNKED}4\r\nhalf\r\nzz\r\n`, 'half'],
      [
        'a length and chunks',
        `${HEAD}content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\n\r\n`,
        '',
      ],
      [
        'chunks and a length',
        `${HEAD}transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n4\r\nhalf\r\n0\r\n\r\n`,
        '',
      ],
      ['two lengths', `${HEAD}content-length: 4\r\ncontent-length: 5\r\n\r\nhalf`, ''],
      ['a list of lengths', `${HEAD}content-length: 4, 4\r\n\r\nhalf`, ''],
      ['a length that is none', `${HEAD}content-length: four\r\n\r\nhalf`, ''],
    ])('is a success with %s', async (_what, bytes, body) => {
      const outcome = await outcomeOf((socket) => socket.end(bytes));
      expect(outcome).toMatchObject({ error: null, response: { status: 200, body, truncated: true } });
    });

    it('is a success when its body is reset', async () => {
      const outcome = await outcomeOf((socket) => {
        // The answer must be read before the reset, which discards it.
        const bytes = `${HEAD}content-length: 50000\r\n\r\nhalf`;
        socket.write(bytes, () => void turns(20).then(() => socket.resetAndDestroy()));
      });
      expect(outcome).toMatchObject({ error: null, response: { status: 200, body: 'half', truncated: true } });
    });

    it('is a success when its body reaches the deadline', async () => {
      const deadline = new AbortController();
      receiver = await ScriptedReceiver.start((socket) => {
        socket.write(`${HEAD}content-length: 50\r\n\r\nhalf`);
        setTimeout(() => deadline.abort(new Error(TIMEOUT)), 50);
      });
      const outcome = await caller.call(receiver.url, { signal: deadline.signal });
      expect(outcome).toMatchObject({ error: null, response: { status: 200, body: 'half', truncated: true } });
    });
  });

  describe('without a 2xx status', () => {
    it.each<[string, string, object]>([
      ['breaks off', 'HTTP/1.1 503 No\r\nretry-after: 7\r\ncontent-length: 50\r\n\r\nhalf', { 'retry-after': '7' }],
      [
        'contradicts its length',
        'HTTP/1.1 503 No\r\nretry-after: 7\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n',
        { 'retry-after': '7' },
      ],
    ])('keeps its status and headers when it %s', async (_what, bytes, headers) => {
      const outcome = await outcomeOf((socket) => socket.end(bytes));
      expect(outcome).toMatchObject({ error: expect.any(String), response: { status: 503, headers } });
    });

    it('may have the length of another representation when its status is 304', async () => {
      const outcome = await outcomeOf((socket) => void socket.write('HTTP/1.1 304 Same\r\ncontent-length: 50\r\n\r\n'));
      expect(outcome).toMatchObject({ error: 'HTTP 304', response: { status: 304, body: '', truncated: false } });
    });

    it.each([413, 401, 500])('counts when it arrives before a large request is read: %i', async (status) => {
      const server = createServer((socket) => {
        socket.on('error', () => undefined);
        socket.once('data', () => socket.end(answerBytes(status, 'too early', 'connection: close\r\n')));
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      receiver = await ScriptedReceiver.start(() => undefined);
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      const outcome = await caller.call(url, { body: 'x'.repeat(262_144) });
      expect(outcome).toMatchObject({ error: `HTTP ${status}`, response: { status, body: 'too early' } });
      server.close();
    });
  });

  describe('in an old or unusual form', () => {
    it.each<[string, string, string]>([
      ['HTTP/1.0', 'HTTP/1.0 200 OK\r\n\r\nold', 'old'],
      [
        'HTTP/1.0 that keeps its connection',
        'HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 3\r\n\r\nold',
        'old',
      ],
      ['no length', `${HEAD}connection: close\r\n\r\nold`, 'old'],
      ['trailers', `${CHUNKED}3\r\nold\r\n0\r\nx-sum: 1\r\n\r\n`, 'old'],
      ['chunk extensions', `${CHUNKED}3;a=b\r\nold\r\n0;c\r\n\r\n`, 'old'],
      [
        'an offer to upgrade, as Apache makes it',
        `${HEAD}upgrade: h2,h2c\r\nconnection: Upgrade\r\ncontent-length: 3\r\n\r\nold`,
        'old',
      ],
      ['no reason', 'HTTP/1.1 200\r\ncontent-length: 3\r\n\r\nold', 'old'],
    ])('counts: %s', async (_what, bytes, body) => {
      const outcome = await outcomeOf((socket) => socket.end(bytes));
      expect(outcome).toMatchObject({ error: null, response: { status: 200, body, truncated: false } });
    });
  });
});

describe('A receiver of node:http that calls writeContinue()', () => {
  it('is reached', async () => {
    const server = createHttpServer((request, response) => {
      response.writeContinue();
      response.writeEarlyHints({ link: '</a>; rel=preload' });
      request.resume().on('end', () => response.end('done'));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const caller = new WebhookCaller();
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    expect(await caller.call(url)).toMatchObject({ error: null, response: { status: 200, body: 'done' } });
    await caller.stop();
    server.close();
  });
});

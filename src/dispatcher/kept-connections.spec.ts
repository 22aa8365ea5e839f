import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { answerBytes, ScriptedReceiver, type Turn } from '../../test/support/scripted-receiver.js';
import { WebhookCaller } from '../../test/support/webhook-caller.js';
import { DeadlineError } from './target-errors.js';

const OK = answerBytes(200, 'mine');
const FORGED = answerBytes(200, 'forged');
const FAILED = answerBytes(500, 'mine');

/** Writes its port, and answers each connection before a request. */
const ANSWERS_UNASKED = `
  const server = require('node:net').createServer((socket) => {
    socket.on('error', () => undefined).write(${JSON.stringify(FORGED)});
  });
  server.listen(0, '127.0.0.1', () => process.stdout.write(String(server.address().port)));`;

type Answer = (socket: Socket, turn: Turn) => void;

describe('A kept connection', () => {
  let caller: WebhookCaller;
  let receiver: ScriptedReceiver;

  beforeEach(() => {
    caller = new WebhookCaller();
  });

  afterEach(async () => {
    await caller.stop();
    await receiver.stop();
  });

  async function receive(answer: Answer, accept?: (socket: Socket) => void): Promise<void> {
    receiver = await ScriptedReceiver.start(answer, accept ? { accept } : {});
  }

  /** Two attempts, the second when the connection of the first is free. */
  async function callTwice(user = 'uid_1') {
    const first = await caller.call(receiver.url, { userId: 'uid_1' });
    for (let turn = 0; turn < 5; turn += 1) await setImmediate();
    return [first, await caller.call(receiver.url, { userId: user })] as const;
  }

  it('carries the next request of its user', async () => {
    await receive((socket) => void socket.write(OK));
    await callTwice();
    expect(receiver.connections).toBe(1);
  });

  it('carries no request of another user', async () => {
    await receive((socket) => void socket.write(OK));
    await callTwice('uid_2');
    expect(receiver.connections).toBe(2);
  });

  it.each(['uid:with@odd/characters?#%', 'uid_한국', ' '])(
    'belongs to the user %j, who is told to nobody',
    async (user) => {
      await receive((socket) => void socket.write(OK));
      expect(await caller.call(receiver.url, { userId: user })).toMatchObject({ error: null });
      const host = new URL(receiver.url).host;
      expect(receiver.requests[0]).toMatch(new RegExp(`^POST /hook HTTP/1\\.1\\r\\nhost: ${host}\\r\\n`));
      expect(receiver.requests[0]).not.toMatch(/authorization|uid/i);
    },
  );

  describe('that ends while a request is sent', () => {
    it.each<[string, (socket: Socket) => void]>([
      ['closes', (socket) => void socket.end()],
      ['resets', (socket) => void socket.resetAndDestroy()],
    ])('sends the request once more, on a new connection, when the receiver %s it', async (_how, end) => {
      await receive((socket, { connection, request }) => {
        if (connection === 1 && request === 2) end(socket);
        else socket.write(OK);
      });
      const [, second] = await callTwice();
      expect(second).toMatchObject({ error: null, response: { status: 200, body: 'mine' } });
      expect(receiver.connections).toBe(2);
      expect(receiver.requests).toHaveLength(3);
      expect(receiver.requests[2]).toMatch(/\r\n\r\n\{"a":1\}$/);
    });

    it('fails when the new connection ends, too: no request is sent three times', async () => {
      await receive((socket, { connection, request }) => {
        if (connection === 1 && request === 1) socket.write(OK);
        else socket.end();
      });
      const [, second] = await callTwice();
      expect(second).toMatchObject({ error: 'connection closed', response: null });
      expect(receiver.requests).toHaveLength(3);
    });

    it('fails when any byte of an answer was received', async () => {
      for (const bytes of ['H', 'HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 200 OK\r\n']) {
        await receive((socket, { request }) => void (request === 1 ? socket.write(OK) : socket.end(bytes)));
        const [, second] = await callTwice();
        expect(second).toMatchObject({ error: 'connection closed', response: null });
        expect(receiver.requests).toHaveLength(2);
        await receiver.stop();
      }
      await receive(() => undefined);
    });

    it('fails when the connection is new', async () => {
      await receive((socket) => void socket.end());
      expect(await caller.call(receiver.url)).toMatchObject({ error: 'connection closed', response: null });
      expect(receiver.requests).toHaveLength(1);
    });

    it('keeps the deadline of the attempt, which ends the second request', async () => {
      const deadline = new AbortController();
      await receive((socket, { connection, request }) => {
        if (connection === 1 && request === 1) socket.write(OK);
        else if (connection === 1) socket.end();
        else deadline.abort(new DeadlineError());
      });
      await caller.call(receiver.url);
      for (let turn = 0; turn < 5; turn += 1) await setImmediate();
      const second = await caller.call(receiver.url, { signal: deadline.signal });
      expect(second).toMatchObject({ error: 'The operation was aborted due to timeout', response: null });
      expect(receiver.requests).toHaveLength(3);
      await once(receiver.sockets[1]!, 'close');
    });
  });

  describe('with bytes that no request asked for', () => {
    it.each<[string, string]>([
      ['a second answer', FORGED],
      ['an interim answer', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
      ['the beginning of an answer', 'HTTP/1.1 2'],
      ['one byte', 'H'],
      ['a byte that is not HTTP', '\0'],
    ])('carries no further request: %s', async (_what, bytes) => {
      await receive((socket, { connection }) => {
        if (connection > 1) socket.write(FAILED);
        else socket.write(OK, () => void setImmediate().then(() => socket.write(bytes)));
      });
      await caller.call(receiver.url);
      await once(receiver.sockets[0]!, 'close');
      expect(await caller.call(receiver.url)).toMatchObject({ error: 'HTTP 500', response: { body: 'mine' } });
      expect(receiver.connections).toBe(2);
    });

    it('carries no further request when they arrive together with the answer', async () => {
      await receive((socket, { connection }) => void socket.write(connection === 1 ? OK + FORGED : FAILED));
      const [, second] = await callTwice();
      expect(second).toMatchObject({ error: 'HTTP 500', response: { body: 'mine' } });
    });

    it('carries no request when they arrive before the first request', async () => {
      await receive(() => undefined);
      const early = spawn(process.execPath, ['-e', ANSWERS_UNASKED], { stdio: ['ignore', 'pipe', 'inherit'] });
      const [port] = (await once(early.stdout, 'data')) as [Buffer];
      const attempt = caller.call(`http://127.0.0.1:${String(port)}/`);
      await new Promise((resolve) => process.nextTick(resolve));
      // Meanwhile the operating system connects and the receiver answers. No code of this process runs.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
      const outcome = await attempt;
      early.kill();
      expect(outcome).toMatchObject({ error: 'invalid HTTP response', response: null });
    });
  });

  it('is closed when it is idle for almost as long as a receiver keeps it', async () => {
    await receive((socket) => void socket.write(OK));
    await caller.call(receiver.url);
    const begin = performance.now();
    await once(receiver.sockets[0]!, 'close');
    expect(performance.now() - begin).toBeGreaterThan(3_000);
  }, 10_000);
});

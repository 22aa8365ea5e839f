import { EventEmitter, once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { cpuSecondsOf } from '../../bench/support/cpu-time.js';
import { generateKey } from '../../src/auth/new-key.js';
import { postOf } from '../e2e/support/raw-request.js';
import { memoryOf } from '../hostile/support/healthy.js';
import type { ServerProcess } from '../support/server-process.js';
import { describeOnServer } from './support/kinds.js';
import { Stage } from './support/stage.js';

jest.setTimeout(120_000);

const CONNECTIONS = 60;
/** A batch of 1.7 million objects, which takes the longest to parse of all bodies within the limit. */
const BODY = Buffer.from(`{"events":[${'{},'.repeat(1_700_000)}{}]}`).subarray(0, 5 * 1_048_576);
/** Reading the bodies of spelled paths took 900 to 3,000 MB and 22 s of processor time. */
const MOST_MEGABYTES = 150;
const MOST_CPU_SECONDS = 5;

describeOnServer('A refused request', () => {
  const stage = new Stage();
  let server: ServerProcess;

  beforeEach(async () => {
    const database = await stage.database('server');
    server = await stage.start(database, { AUTH_FAILURES_PER_MINUTE: '30', RATE_LIMIT_PER_MINUTE: '1' });
  });

  afterEach(() => stage.clear());

  /** Sends all of a body except its last byte, keeps the connection until `release`, and returns the status. */
  async function send(path: string, headers: Record<string, string>, release: Promise<void>): Promise<number> {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    let answer = '';
    try {
      return await new Promise((resolve, reject) => {
        socket.on('error', reject);
        socket.on('close', () => reject(new Error(`closed after ${JSON.stringify(answer)}`)));
        socket.on('data', (text) => {
          answer += text.toString('latin1');
        });
        const all = { 'content-type': 'application/json', 'content-length': String(BODY.length), ...headers };
        socket.write(postOf(path, all));
        socket.write(BODY.subarray(0, -1), () => {
          release.then(() => {
            if (answer !== '') resolve(statusOf(answer));
            socket.once('data', (text) => resolve(statusOf(text.toString('latin1'))));
            socket.write(BODY.subarray(-1));
          }, reject);
        });
      });
    } finally {
      socket.destroy();
    }
  }

  it.each([
    ['/v1/events/batch', {}, [401, 429]],
    ['/%761/events/batch', {}, [401, 429]],
    ['http://x/v1/events/batch', { authorization: `Bearer ${generateKey()}` }, [401, 429]],
    ['/v1/nope', {}, [404]],
    ['/health', {}, [405]],
  ])('takes no memory and little time for its body of 5 MB: %s', async (path, headers, statuses) => {
    const cpuBefore = await cpuSecondsOf(server.pid);
    const memoryBefore = memoryOf(server.pid);
    let most = memoryBefore;
    const watch = setInterval(() => {
      most = Math.max(most, memoryOf(server.pid));
    }, 20);
    try {
      const held = new EventEmitter();
      const release = once(held, 'release').then(() => undefined);
      const sent = Array.from({ length: CONNECTIONS }, async () => send(path, headers, release));
      // Answered while the others are in progress.
      expect((await server.api.get('/health')).status).toBe(200);
      held.emit('release');
      const got = await Promise.all(sent);
      expect(got.filter((status) => !statuses.includes(status))).toEqual([]);
    } finally {
      clearInterval(watch);
    }
    expect(most - memoryBefore).toBeLessThan(MOST_MEGABYTES);
    expect((await cpuSecondsOf(server.pid)) - cpuBefore).toBeLessThan(MOST_CPU_SECONDS);
  });

  it('takes little time for its body when the user is over the limit', async () => {
    expect((await server.api.get('/v1/webhooks')).status).toBe(200);
    const cpuBefore = await cpuSecondsOf(server.pid);
    const key = { authorization: `Bearer ${server.api.key}` };
    for (let count = 0; count < 5; count += 1) {
      expect(await send('/v1/webhooks', key, Promise.resolve())).toBe(429);
    }
    // It was 3 s when the bodies were read before the check.
    expect((await cpuSecondsOf(server.pid)) - cpuBefore).toBeLessThan(0.3);
  });
});

function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
}

import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { generateKey } from '../../src/auth/new-key.js';
import { postOf } from '../e2e/support/raw-request.js';
import type { ServerProcess } from '../support/server-process.js';
import { describeOnServer } from './support/kinds.js';
import { Stage } from './support/stage.js';

jest.setTimeout(120_000);

const CONNECTIONS = 60;
/** A batch of 1.7 million objects: reading it takes the longest of all bodies within the limit. */
const BODY = Buffer.from(`{"events":[${'{},'.repeat(1_700_000)}{}]}`).subarray(0, 5 * 1_048_576);
/** 350 to 835 MB were taken, and 22 s of processor time, when spelled paths had their bodies read. */
const MOST_MEGABYTES = 150;
const MOST_CPU_MS = 5_000;
const isLinux = process.platform === 'linux';

describeOnServer('Bodies of refused requests', () => {
  const stage = new Stage();
  let server: ServerProcess;

  beforeEach(async () => {
    const database = await stage.database('server');
    server = await stage.start(database, { AUTH_FAILURES_PER_MINUTE: '30', RATE_LIMIT_PER_MINUTE: '1' });
  });

  afterEach(() => stage.clear());

  /** Sends all of a body but its last byte, keeps the connection until `release`, and tells the status. */
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
  ])('are neither kept nor parsed: %s', async (path, headers, statuses) => {
    const before = usageOf(server.pid);
    let most = before.megabytes;
    const watch = setInterval(() => {
      most = Math.max(most, usageOf(server.pid).megabytes);
    }, 20);
    try {
      // All of them at the same time: what is kept of one is kept of all.
      let open = () => undefined as void;
      const release = new Promise<void>((resolve) => {
        open = resolve;
      });
      const sent = Array.from({ length: CONNECTIONS }, async () => send(path, headers, release));
      // Answered while the others are under way.
      expect((await server.api.get('/health')).status).toBe(200);
      open();
      const got = await Promise.all(sent);
      expect(got.filter((status) => !statuses.includes(status))).toEqual([]);
    } finally {
      clearInterval(watch);
    }
    if (!isLinux) return;
    expect(most - before.megabytes).toBeLessThan(MOST_MEGABYTES);
    expect(usageOf(server.pid).cpuMs - before.cpuMs).toBeLessThan(MOST_CPU_MS);
  });

  it('of a user over the limit cost next to nothing', async () => {
    expect((await server.api.get('/v1/webhooks')).status).toBe(200);
    const before = usageOf(server.pid);
    const key = { authorization: `Bearer ${server.api.key}` };
    for (let count = 0; count < 5; count += 1) {
      expect(await send('/v1/webhooks', key, Promise.resolve())).toBe(429);
    }
    // 3 s before.
    if (isLinux) expect(usageOf(server.pid).cpuMs - before.cpuMs).toBeLessThan(300);
  });
});

function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
}

/** What a process takes at the moment, and has taken of the processor; nothing is known of it but on Linux. */
function usageOf(pid: number): { megabytes: number; cpuMs: number } {
  if (!isLinux) return { megabytes: 0, cpuMs: 0 };
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  // The fields 14 and 15 in ticks of 10 ms: proc_pid_stat(5).
  return {
    megabytes: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_024,
    cpuMs: (Number(fields[11]) + Number(fields[12])) * 10,
  };
}

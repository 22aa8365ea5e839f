import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { databaseKinds } from './support/kinds.js';
import { Stage } from './support/stage.js';

jest.setTimeout(90_000);

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const WAIT_MS = 40_000;
const STOP_MS = 20_000;
/** The most time that an orderly stop may take besides the attempts in flight. */
const MARGIN_MS = 5_000;

describe.each(databaseKinds)('An orderly stop on a database that is %s', (kind) => {
  const stage = new Stage();

  afterEach(() => stage.clear());

  it('waits for an unresponsive receiver at most for the time of an attempt, and logs the attempt', async () => {
    const deadlineMs = 1_000;
    const env = { DELIVERY_TIMEOUT_MS: String(deadlineMs), RETRY_SCHEDULE: '0s,1h' };
    const database = await stage.database(kind);
    const receiver = await stage.receiver(() => undefined);
    const first = await stage.start(database, env);
    await first.api.createWebhook(receiver.url);
    await first.api.publish();
    await receiver.received(1, WAIT_MS);

    const begin = performance.now();
    expect(await first.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(performance.now() - begin).toBeLessThan(deadlineMs + MARGIN_MS);

    const second = await stage.start(database, env);
    expect(await second.api.log(1)).toEqual([
      expect.objectContaining({ status: 'failed', error: 'The operation was aborted due to timeout' }),
    ]);
    expect(receiver.requests).toHaveLength(1);
  });
});

describe('npm start', () => {
  const stage = new Stage();

  afterEach(() => stage.clear());

  it.each(['SIGTERM', 'SIGINT'] as const)('passes %s on to the service, and ends after it', async (signal) => {
    const script = `${ROOT}scripts/start.mjs`;
    const receiver = await stage.receiver(() => undefined);
    const env = { DELIVERY_TIMEOUT_MS: '1000', RETRY_SCHEDULE: '0s,1h' };
    const server = await stage.start(await stage.database('embedded'), env, { script });
    await server.api.createWebhook(receiver.url);
    await server.api.publish();
    await receiver.received(1, WAIT_MS);

    expect(await server.kill(signal)).toEqual({ code: 0, signal: null });
    expect(server.output.some((line) => line.includes('An attempt failed'))).toBe(true);
    await expect(fetch(`${server.url}/health`)).rejects.toThrow('fetch failed');
  });

  it('ends the service when npm gets SIGTERM, although the shell between them passes no signal on', async () => {
    const { env } = await stage.database('embedded');
    const npm = spawn('npm', ['start'], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, PORT: '0', HOST: '127.0.0.1', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let isForced = false;
    let forcing: NodeJS.Timeout | undefined;
    // The output ends with its last writer, which is the service.
    for await (const line of createInterface(npm.stdout)) {
      if (!line.includes('Ready at')) continue;
      const { pid } = JSON.parse(line) as { pid: number };
      forcing = setTimeout(() => (isForced = process.kill(pid, 'SIGKILL')), STOP_MS);
      npm.kill('SIGTERM');
    }
    clearTimeout(forcing);
    expect(isForced).toBe(false);
  });
});

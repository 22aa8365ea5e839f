import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { onServer, SERVER_URL, urlOf } from '../support/test-server.mjs';
import { describeOnServer } from './support/kinds.js';
import { runScript, spawnScript } from './support/run-script.js';

jest.setTimeout(300_000);

const EXAMPLE = 'bench/peers/graphile-worker.json';

interface Result {
  what: string;
  unit: string;
  /** JSON has no NaN: a value that was not measured is null. */
  value: number | null;
}

describeOnServer('bench beside', () => {
  const database = `docmap_peer_${randomBytes(6).toString('hex')}`;
  let directory: string;
  let peer: ReturnType<typeof spawnScript>;
  let env: Record<string, string>;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'docmap-test-beside-'));
    await onServer(`CREATE DATABASE ${database}`);
    peer = spawnScript('bench/peers/graphile-worker.ts', [], { DATABASE_URL: urlOf(database) });
    env = { DATABASE_URL: SERVER_URL, PEER_DATABASE: database, PEER_PORT: await portOf(peer) };
  });

  afterAll(async () => {
    peer.kill('SIGKILL');
    await onServer(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
    await rm(directory, { recursive: true, force: true });
  });

  it('measures a peer and this service with the same load', async () => {
    const file = join(directory, 'results.json');
    const args = ['beside', EXAMPLE, '--quick', '--rounds', '1', '--json', file];
    const { code, stdout, stderr } = await runScript('bench/main.ts', args, env);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('delivered: graphile-worker');
    const { results } = JSON.parse(await readFile(file, 'utf8')) as { results: Result[] };
    for (const name of ['DocMap Webhooks', 'graphile-worker']) {
      const value = (what: string) => results.find((result) => result.what === `${what}: ${name}`)?.value;
      for (const what of [
        'delivered',
        'accepted',
        'processor time per event, server',
        'processor time per event, stores',
        'memory, server',
        'memory, stores',
        'publish → arrival at 50/s, p50',
        'publish → arrival at 50/s, p99',
        'publish → arrival at 200/s, p50',
        'publish → arrival at 200/s, p99',
      ]) {
        expect([what, value(what)]).toEqual([what, expect.any(Number)]);
        expect(value(what)).toBeGreaterThan(0);
      }
    }
    const arrived = 'arrived of 50, next to 100 events for a receiver that hangs';
    expect(results.filter(({ what }) => what.startsWith(arrived))).toMatchObject([
      // This service limits the attempts in flight to one webhook. The peer's tasks all wait for the receiver that hangs.
      { what: `${arrived}: DocMap Webhooks`, value: 50 },
      { what: `${arrived}: graphile-worker`, value: 0 },
    ]);
  });

  it('says which process pattern matches nothing', async () => {
    const text = await readFile(EXAMPLE, 'utf8');
    const file = join(directory, 'peers.json');
    await writeFile(file, text.replace('bench/peers/graphile-worker', 'no-such-server'));
    const { code, stderr } = await runScript('bench/main.ts', ['beside', file, '--quick', '--rounds', '1'], env);
    expect(code).toBe(1);
    expect(stderr).toContain(
      'No process of this machine matches the pattern /no-such-server\\.ts/ of graphile-worker. Does it run?',
    );
  });

  it('names the fault of the file before anything starts', async () => {
    const file = join(directory, 'wrong.json');
    await writeFile(file, '{"peers": [{"name": "Other"}]}');
    expect(await runScript('bench/main.ts', ['beside', file], env)).toEqual({
      code: 2,
      stdout: '',
      stderr: `${file}: peers[0].publish: is missing\n`,
    });
  });
});

async function portOf(peer: ReturnType<typeof spawnScript>): Promise<string> {
  const lines = createInterface(peer.stdout);
  const ended = once(peer, 'exit').then(() => undefined);
  for (;;) {
    const next = await Promise.race([once(lines, 'line') as Promise<[string]>, ended]);
    if (next === undefined) throw new Error('The peer ended before it listened');
    const [, port] = /^Listening on http:\/\/127\.0\.0\.1:(\d+)$/.exec(next[0]) ?? [];
    if (port !== undefined) return port;
  }
}

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CertificateAuthority } from '../../support/certificates.js';
import { newDatabase, type TestDatabase } from '../../support/database.js';
import { startServerProcess, type ServerProcess } from '../../support/server-process.js';

const SCRIPT = fileURLToPath(new URL('../support/run-tls-floods.ts', import.meta.url));
const EVENTS = 3;
const MAX_HEALTH_MS = 500;
/** Half of the deadline, which attempts reach without limits. The receivers need most of this time themselves. */
const MAX_ATTEMPT_MS = 12_000;
const DEADLINE_MS = 24_000;

describe('Receivers that flood below HTTP', () => {
  let directory: string;
  let receivers: ChildProcess;
  let ports: [kind: string, port: number][];
  let database: TestDatabase;
  let server: ServerProcess;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'docmap-test-floods-'));
    const authority = await CertificateAuthority.create(join(directory, 'trusted'));
    receivers = fork(SCRIPT, { execArgv: ['--import', 'tsx'] });
    receivers.send(await authority.issue('trusted', { name: 'IP:127.0.0.1' }));
    [ports] = (await once(receivers, 'message')) as [[string, number][]];
    database = await newDatabase();
    server = await startServerProcess({
      database,
      env: {
        NODE_EXTRA_CA_CERTS: authority.certificatePath,
        RETRY_SCHEDULE: '0s',
        DELIVERY_TIMEOUT_MS: String(DEADLINE_MS),
      },
    });
  });

  afterAll(async () => {
    await server.kill('SIGTERM');
    receivers.disconnect();
    await database.drop();
    await rm(directory, { recursive: true });
  });

  it('are disconnected within seconds, without delay for /health', async () => {
    for (const [kind, port] of ports) {
      await server.api.createWebhook(`https://127.0.0.1:${port}/${encodeURIComponent(kind)}`);
    }
    const waits: number[] = [];
    const over = new AbortController();
    const watch = async (): Promise<void> => {
      while (!over.signal.aborted) {
        const begin = performance.now();
        await (await fetch(`${server.url}/health`)).text();
        waits.push(performance.now() - begin);
      }
    };
    const watching = watch();
    for (let event = 0; event < EVENTS; event += 1) await server.api.publish();
    const records = await server.api.log(EVENTS * ports.length);
    over.abort();
    await watching;

    expect(Math.max(...waits)).toBeLessThan(MAX_HEALTH_MS);
    for (const record of records) {
      expect(record).toMatchObject({ status: 'failed', httpStatus: null, error: 'TLS handshake failed' });
      expect(record.durationMs).toBeLessThan(MAX_ATTEMPT_MS);
    }
  }, 120_000);
});

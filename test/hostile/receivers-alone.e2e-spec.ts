import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RawReceiver } from '../e2e/support/raw-receiver.js';
import { newDatabase, type TestDatabase } from '../support/database.js';
import { report } from '../support/run-length.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';
import { misbehaviours } from './receivers/catalogue.js';
import { HostileReceiver } from './support/hostile-receiver.js';
import { judge } from './support/judge.js';
import { makeTlsFaults, type TlsFaults } from './support/tls-faults.js';

const DEADLINE_MS = 500;

/** Where redirections and proxy variables lead. Nobody may ever come. */
const trap = await RawReceiver.start((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'));
const cases = misbehaviours(trap.url);

describe('A receiver that misbehaves', () => {
  let directory: string;
  let faults: TlsFaults;
  let database: TestDatabase;
  let server: ServerProcess;
  let asTheyMust = 0;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'docmap-hostile-'));
    faults = await makeTlsFaults(directory);
    database = await newDatabase('server');
    const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'].flatMap((name) => [name, name.toLowerCase()]);
    server = await startServerProcess({
      database,
      env: {
        // An environment that would have Node use proxies and trust anybody.
        ...Object.fromEntries(proxies.map((name) => [name, trap.url])),
        NODE_USE_ENV_PROXY: '1',
        NODE_TLS_REJECT_UNAUTHORIZED: '0',
        NODE_OPTIONS: '--tls-min-v1.0 --tls-cipher-list=DEFAULT@SECLEVEL=0',
        NODE_EXTRA_CA_CERTS: faults.authorityPath,
        DELIVERY_TIMEOUT_MS: String(DEADLINE_MS),
        RETRY_SCHEDULE: '0s,1h',
      },
    });
  });

  afterAll(async () => {
    report('receivers alone', { misbehaviours: cases.length, 'as they must': asTheyMust });
    await server.kill('SIGTERM');
    await database.drop();
    await trap.close();
    await rm(directory, { recursive: true });
  });

  it.each(cases)('leaves the record it must when it $name', async (misbehaviour) => {
    const receiver = await HostileReceiver.start(misbehaviour, faults.options);
    const wrong = await judge(server.api, receiver, DEADLINE_MS);
    await receiver.close();
    expect(wrong).toEqual([]);
    expect(trap.connections).toBe(0);
    asTheyMust += 1;
  });

  it('is told nothing before its certificate is checked', async () => {
    const receiver = await HostileReceiver.start(
      cases.find(({ listener }) => listener === 'wrong host')!,
      faults.options,
    );
    await judge(server.api, receiver, DEADLINE_MS);
    expect(receiver.requests).toEqual([]);
    await receiver.close();
  });
});

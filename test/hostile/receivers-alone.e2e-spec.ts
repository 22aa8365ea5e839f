import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RawReceiver } from '../e2e/support/raw-receiver.js';
import { openSession } from '../process/support/session.js';
import { addUserKey } from '../process/support/user-key.js';
import { ApiClient } from '../support/api-client.js';
import { newDatabase, type TestDatabase } from '../support/database.js';
import { report } from '../support/run-length.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';
import { misbehavioursByKind } from './receivers/catalogue.js';
import { HostileReceiver } from './support/hostile-receiver.js';
import { judge } from './support/judge.js';
import { makeTlsFaults, type TlsFaults } from './support/tls-faults.js';

/** Ends only a part that hangs. */
const TIMEOUT_MS = 300_000;
/** Long enough that on a busy machine a limit, and not the deadline, ends an attempt. */
const DEADLINE_MS = 2_000;
/** Each user has one receiver at a time. Most receivers only wait for the deadline. */
const USERS = Array.from({ length: 8 }, (_, number) => `uid_${number}`);
/** Kinds that keep a processor busy. Together they would reach the deadline before the limit that they test. */
const BUSY = new Set(['flooding', 'insecure']);

/** The target of redirections and proxy variables. It must get no connection. */
const trap = await RawReceiver.start((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'));
const kinds = Object.entries(misbehavioursByKind(trap.url));
const cases = kinds.flatMap(([, ofKind]) => ofKind);

describe('A receiver that misbehaves', () => {
  let directory: string;
  let faults: TlsFaults;
  let database: TestDatabase;
  let server: ServerProcess;
  let users: { api: ApiClient; userId: string }[];
  let asTheyMust = 0;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'docmap-test-hostile-'));
    faults = await makeTlsFaults(directory);
    database = await newDatabase('server');
    const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'].flatMap((name) => [name, name.toLowerCase()]);
    server = await startServerProcess({
      database,
      env: {
        // An environment that makes Node use proxies and trust any certificate.
        ...Object.fromEntries(proxies.map((name) => [name, trap.url])),
        NODE_USE_ENV_PROXY: '1',
        NODE_TLS_REJECT_UNAUTHORIZED: '0',
        NODE_OPTIONS: '--tls-min-v1.0 --tls-cipher-list=DEFAULT@SECLEVEL=0',
        NODE_EXTRA_CA_CERTS: faults.authorityPath,
        DELIVERY_TIMEOUT_MS: String(DEADLINE_MS),
        RETRY_SCHEDULE: '0s,1h',
      },
    });
    const session = await openSession(database.env.DATABASE_URL ?? '');
    users = await Promise.all(
      USERS.map(async (userId) => {
        const { key } = await addUserKey(session, userId, ['webhooks', 'events:publish']);
        return { userId, api: new ApiClient(server.url, key) };
      }),
    );
    await session.close();
  });

  afterAll(async () => {
    report('receivers alone', { misbehaviours: cases.length, 'as they must': asTheyMust });
    await server.kill('SIGTERM');
    await database.drop();
    await trap.close();
    await rm(directory, { recursive: true });
  });

  it.each(kinds)(
    'leaves the expected record when it is %s',
    async (kind, misbehaviours) => {
      const left = misbehaviours.values();
      const wrong: string[] = [];
      const judgeNext = async (user: (typeof users)[number]): Promise<void> => {
        for (const misbehaviour of left) {
          const receiver = await HostileReceiver.start(misbehaviour, faults.options);
          const faultsOfIt = await judge(user, receiver, DEADLINE_MS);
          await receiver.close();
          wrong.push(...faultsOfIt.map((fault) => `it ${misbehaviour.name}: ${fault}`));
          if (faultsOfIt.length === 0) asTheyMust += 1;
        }
      };
      await Promise.all(users.slice(0, BUSY.has(kind) ? 1 : users.length).map(judgeNext));
      expect(wrong).toEqual([]);
      expect(trap.connections).toBe(0);
    },
    TIMEOUT_MS,
  );

  it('has a unique name, one of more than 150', () => {
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
    expect(cases.length).toBeGreaterThan(150);
  });

  it('gets no data before its certificate is checked', async () => {
    const receiver = await HostileReceiver.start(
      cases.find(({ listener }) => listener === 'wrong host')!,
      faults.options,
    );
    await judge(users[0]!, receiver, DEADLINE_MS);
    expect(receiver.requests).toEqual([]);
    await receiver.close();
  });
});

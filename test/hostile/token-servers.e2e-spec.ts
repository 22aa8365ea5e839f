import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RawReceiver } from '../e2e/support/raw-receiver.js';
import { openSession } from '../process/support/session.js';
import { addUserKey } from '../process/support/user-key.js';
import { ApiClient } from '../support/api-client.js';
import { newDatabase, type TestDatabase } from '../support/database.js';
import { Receiver } from '../support/receiver.js';
import { report } from '../support/run-length.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';
import { tokenServers } from './receivers/token-servers.js';
import { HostileReceiver } from './support/hostile-receiver.js';
import type { Misbehaviour } from './support/misbehaviour.js';
import { makeTlsFaults, type TlsFaults } from './support/tls-faults.js';

/** Ends only a part that hangs. */
const TIMEOUT_MS = 300_000;
/** Long enough for a token and a request on a busy machine. */
const DEADLINE_MS = 5_000;
/** The most time over the deadline, on a busy machine. */
const MARGIN_MS = 1_000;
/** Most servers only wait for the deadline. */
const USERS = Array.from({ length: 8 }, (_, number) => `uid_${number}`);
const NEIGHBOUR = 'uid_neighbour';

/** The target of redirections. It must get no connection. */
const trap = await RawReceiver.start((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'));
const cases = tokenServers(trap.url);

interface User {
  api: ApiClient;
  userId: string;
}

describe('An authorization server that misbehaves', () => {
  let directory: string;
  let faults: TlsFaults;
  let database: TestDatabase;
  let server: ServerProcess;
  let receiver: Receiver;
  let users: User[];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'docmap-test-hostile-'));
    faults = await makeTlsFaults(directory);
    database = await newDatabase('server');
    const env = {
      NODE_EXTRA_CA_CERTS: faults.authorityPath,
      DELIVERY_TIMEOUT_MS: String(DEADLINE_MS),
      RETRY_SCHEDULE: '0s,1h',
    };
    server = await startServerProcess({ database, env });
    receiver = await Receiver.start();
    const session = await openSession(database.env.DATABASE_URL ?? '');
    users = await Promise.all(
      [...USERS, NEIGHBOUR].map(async (userId) => {
        const { key } = await addUserKey(session, userId, ['webhooks', 'events:publish']);
        return { userId, api: new ApiClient(server.url, key) };
      }),
    );
    await session.close();
  });

  afterAll(async () => {
    report('authorization servers', { misbehaviours: cases.length });
    await server.kill('SIGTERM');
    await database.drop();
    await receiver.close();
    await trap.close();
    await rm(directory, { recursive: true });
  });

  /** The faults of the record of a webhook whose tokens come from this server. */
  async function faultsOf({ api, userId }: User, misbehaviour: Misbehaviour): Promise<string[]> {
    const hostile = await HostileReceiver.start(misbehaviour, faults.options);
    const auth = { type: 'oauth2', tokenUrl: hostile.url, clientId: 'docmap', clientSecret: 's3cr3t' };
    const created = await api.post('/v1/webhooks', { url: receiver.url, events: ['extraction.completed'], auth });
    const { id } = created.body.data.webhook;
    await api.publish({ userId });
    const [record] = await api.log(1, `&webhookId=${id}`);
    await api.delete(`/v1/webhooks/${id}`);
    await hostile.close();
    const { httpStatus, error, durationMs } = record as { httpStatus: unknown; error: unknown; durationMs: number };
    const seen = JSON.stringify({ httpStatus, error });
    const wanted = JSON.stringify({ httpStatus: misbehaviour.expected.httpStatus, error: misbehaviour.expected.error });
    return [
      ...(seen === wanted ? [] : [`it ${misbehaviour.name}: ${seen} in place of ${wanted}`]),
      ...(durationMs <= DEADLINE_MS + MARGIN_MS ? [] : [`it ${misbehaviour.name}: ${durationMs} ms`]),
    ];
  }

  it(
    'leaves the expected record, harms no neighbour and injects no header',
    async () => {
      const neighbour = users.find(({ userId }) => userId === NEIGHBOUR)!;
      const healthy = await Receiver.start();
      await neighbour.api.createWebhook(healthy.url);
      const left = cases.values();
      const wrong: string[] = [];
      const judgeNext = async (user: User): Promise<void> => {
        for (const misbehaviour of left) wrong.push(...(await faultsOf(user, misbehaviour)));
      };
      const over = new AbortController();
      const others = users.filter((user) => user !== neighbour);
      const judged = Promise.all(others.map(judgeNext)).finally(() => over.abort());
      let published = 0;
      while (!over.signal.aborted) {
        await neighbour.api.publish({ userId: NEIGHBOUR });
        published += 1;
        // The next event follows only after this one has arrived: none waits for an authorization server.
        await healthy.received(published, DEADLINE_MS);
      }
      await judged;
      expect(wrong).toEqual([]);
      expect(trap.connections).toBe(0);
      expect(published).toBeGreaterThan(10);
      for (const { headers } of receiver.requests) {
        expect(headers.authorization).toMatch(/^Bearer (a-token-of-the-server|x{8192})$/);
        expect(headers).not.toHaveProperty('x-injected');
      }
      expect((await fetch(`${server.url}/health`)).status).toBe(200);
      await healthy.close();
    },
    TIMEOUT_MS,
  );

  it('has a unique name', () => {
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { PrivateCluster } from '../crash/support/private-cluster.js';
import { eventually } from '../support/api-client.js';
import type { TestDatabase } from '../support/database.js';
import type { ReceivedRequest } from '../support/receiver.js';
import { dump, restore } from './support/dump.js';
import { describeOnCluster } from './support/kinds.js';
import { openSession } from './support/session.js';
import { Stage } from './support/stage.js';

jest.setTimeout(300_000);

const WAIT_MS = 90_000;
const idOf = ({ headers }: ReceivedRequest): string => String(headers['webhook-id']);

describeOnCluster('A restored backup', () => {
  const stage = new Stage();
  let directory: string;
  let file: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'docmap-test-restore-'));
    file = join(directory, 'docmap.dump');
  });

  afterEach(async () => {
    await stage.clear();
    await rm(directory, { recursive: true });
  });

  /** Restores the dump on another server, which has the SECRETS_KEY of the first. */
  const restored = async (original: TestDatabase): Promise<TestDatabase> => {
    const cluster = stage.keep(await PrivateCluster.create());
    await restore(cluster, file);
    return { env: { ...cluster.env, SECRETS_KEY: original.env.SECRETS_KEY! }, drop: async () => undefined };
  };

  it('delivers everything that was due in a dump of a running service, and nothing else', async () => {
    let isWell = false;
    const receiver = await stage.receiver(({ path }, response) => {
      if (path.endsWith('/hangs') && !isWell) return;
      response.writeHead(path.endsWith('/fails') && !isWell ? 500 : 200).end();
    });
    const original = await stage.database('server');
    const env = { RETRY_SCHEDULE: '0s,20s', DISPATCH_CONCURRENCY_PER_WEBHOOK: '2', DELIVERY_TIMEOUT_MS: '15000' };
    const service = await stage.start(original, env);
    for (const name of ['answers', 'fails', 'hangs']) await service.api.createWebhook(`${receiver.url}/${name}`);
    // Two attempts hang. The other deliveries to that webhook wait.
    for (let count = 0; count < 8; count += 1) await service.api.publish({ extractionId: `extract-${count}` });
    await receiver.received(18);
    await service.api.log(16);
    await dump(original, file);
    await service.kill();

    const copy = await restored(original);
    const states = await query<{ state: string; leased: boolean; tried: boolean; count: number }>(
      copy,
      `SELECT state, leased_until IS NOT NULL AS leased, attempts > 0 AS tried, count(*)::int AS count
       FROM deliveries GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
    );
    expect(states).toEqual([
      { state: 'pending', leased: false, tried: false, count: expect.any(Number) },
      { state: 'pending', leased: false, tried: true, count: 8 },
      { state: 'pending', leased: true, tried: false, count: expect.any(Number) },
      { state: 'succeeded', leased: false, tried: true, count: 8 },
    ]);
    const due = await query<{ id: string }>(copy, `SELECT id FROM deliveries WHERE state = 'pending'`);
    expect(due).toHaveLength(16);
    isWell = true;
    const before = receiver.requests.length;
    const second = await stage.start(copy, env);
    // The leases of the dump end first: they last as long as an attempt and ten seconds more.
    const requests = await receiver.received(before + due.length, WAIT_MS);
    expect(requests.slice(before).map(idOf).sort()).toEqual(due.map(({ id }) => id).sort());
    await eventually(async () => {
      const open = await query(copy, `SELECT FROM deliveries WHERE state <> 'succeeded'`);
      return open.length === 0 ? true : undefined;
    }, 'the end of all deliveries');
    expect(receiver.requests).toHaveLength(before + due.length);
    await second.kill('SIGTERM');
  });

  it('repeats what happened after an older backup, and undoes what users changed since', async () => {
    let isWell = false;
    const receiver = await stage.receiver(({ path }, response) => {
      response.writeHead(path.endsWith('/fails') && !isWell ? 500 : 200).end();
    });
    const original = await stage.database('server');
    const env = { RETRY_SCHEDULE: '0s,15s' };
    const { api, ...service } = await stage.start(original, env);
    const kept = await api.createWebhook(`${receiver.url}/fails`);
    const deleted = await api.createWebhook(`${receiver.url}/deleted`, ['extraction.failed']);
    const { body: key } = await api.post('/v1/api-keys', { name: 'leaked', expiresIn: '30d' });
    await api.publish({ extractionId: 'extract-before' });
    const [first] = await receiver.received(1);
    await api.log(1);

    await dump(original, file);

    isWell = true;
    await receiver.received(2, WAIT_MS);
    const lost = await api.publish({ extractionId: 'extract-after' }, { 'idempotency-key': 'after' });
    const [, repeated, after] = await receiver.received(3);
    expect([idOf(first!), idOf(repeated!)]).toEqual([idOf(first!), idOf(first!)]);
    const rotated = await api.post(`/v1/webhooks/${kept.webhook.id}/rotate-secret`, { overlapSeconds: 0 });
    expect(rotated.status).toBe(200);
    expect((await api.delete(`/v1/webhooks/${deleted.webhook.id}`)).status).toBe(200);
    expect((await api.delete(`/v1/api-keys/${key.data.apiKey.id}`)).status).toBe(200);
    await service.kill('SIGTERM');

    // Nothing is sent before the operator has repeated the deletion and the revocation.
    const copy = await restored(original);
    const repair = await stage.start(copy, { ...env, ROLE: 'api' });
    const withKey = () => fetch(`${repair.url}/v1/webhooks`, { headers: { authorization: `Bearer ${key.data.key}` } });
    expect((await withKey()).status).toBe(200);
    expect((await repair.api.get(`/v1/webhooks/${deleted.webhook.id}`)).status).toBe(200);
    expect((await repair.api.get(`/v1/events/${lost.id}`)).status).toBe(404);
    expect((await repair.api.delete(`/v1/webhooks/${deleted.webhook.id}`)).status).toBe(200);
    expect((await repair.api.delete(`/v1/api-keys/${key.data.apiKey.id}`)).status).toBe(200);
    expect((await withKey()).status).toBe(401);
    await repair.api.publish({ event: 'extraction.failed', extractionId: 'extract-failed' });
    expect(receiver.requests).toHaveLength(3);
    await repair.kill('SIGTERM');

    const second = await stage.start(copy, env);
    const [again, other] = (await receiver.received(5, WAIT_MS)).slice(3).toSorted(byExtraction);
    // A receiver drops the request, because it has seen the id. It is signed with the secret of the backup.
    expect(idOf(again!)).toBe(idOf(first!));
    expect(again!.body).toBe(first!.body);
    for (const request of [again!, other!]) {
      expect([isSignedBy(kept.secret, request), isSignedBy(rotated.body.data.secret, request)]).toEqual([true, false]);
    }
    // An event that was accepted after the backup is new, also with the same idempotency key.
    const republished = await second.api.publish({ extractionId: 'extract-after' }, { 'idempotency-key': 'after' });
    expect(republished.id).not.toBe(lost.id);
    const [, , , , , sixth] = await receiver.received(6);
    expect(idOf(sixth!)).not.toBe(idOf(after!));
    expect(receiver.requests.filter(({ path }) => path.endsWith('/deleted'))).toEqual([]);
  });
});

function isSignedBy(secret: string, { body, headers }: ReceivedRequest): boolean {
  try {
    new Webhook(secret).verify(body, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}

async function query<Row>({ env }: TestDatabase, sql: string): Promise<Row[]> {
  const session = await openSession(env.DATABASE_URL!);
  try {
    return await session.query<Row>(sql);
  } finally {
    await session.close();
  }
}

/** Orders the requests of "extract-before" and "extract-failed". */
function byExtraction(one: ReceivedRequest, other: ReceivedRequest): number {
  return extractionOf(one) < extractionOf(other) ? -1 : 1;
}

function extractionOf({ body }: ReceivedRequest): string {
  return (JSON.parse(body) as { data: { id: string } }).data.id;
}

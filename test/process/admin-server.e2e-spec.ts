import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';
import { ApiClient, eventually } from '../support/api-client.js';
import type { TestDatabase } from '../support/database.js';
import type { ServerProcess } from '../support/server-process.js';
import { describeOnServer } from './support/kinds.js';
import { adminData, runAdmin } from './support/run-admin.js';
import { Stage } from './support/stage.js';

jest.setTimeout(600_000);

const ROOT = join(import.meta.dirname, '../..');
const UUID = '[0-9a-f-]{36}';
const newUser = () => `uid_${randomUUID()}`;

describeOnServer('npm run admin, while the service runs on the same database', () => {
  const stage = new Stage();
  let database: TestDatabase;
  let server: ServerProcess;

  beforeAll(async () => {
    database = await stage.database('server');
    server = await stage.start(database, {
      DISPATCH_CONCURRENCY_PER_WEBHOOK: '1',
      RETRY_SCHEDULE: '0s,1h',
      // Requests stay open while commands run.
      DELIVERY_TIMEOUT_MS: '120000',
    });
  });

  afterAll(() => stage.clear());

  const admin = (...argv: string[]) => runAdmin(database, argv);
  const dataOf = (...argv: string[]) => adminData(database, ...argv);

  async function newUserClient(userId: string): Promise<ApiClient> {
    const { key } = await dataOf('keys', 'create', '--user', userId, '--name', 'Test', '--scopes', 'webhooks');
    return new ApiClient(server.url, key);
  }

  /** A webhook of a new user. */
  async function newWebhook(url: string) {
    const userId = newUser();
    const api = await newUserClient(userId);
    const { webhook } = await api.createWebhook(url);
    const publish = async (count: number) => {
      const event = { event: 'extraction.completed', userId, extractionId: 'extract-1', data: {} };
      const { status } = await server.api.post('/v1/events/batch', {
        events: Array.from({ length: count }, () => event),
      });
      expect(status).toBe(202);
    };
    return { userId, api, id: webhook.id, path: `/v1/webhooks/${webhook.id}`, publish };
  }

  const stateOf = async (id: string): Promise<string> => (await dataOf('webhooks', 'show', id)).state;
  const inState = (id: string, state: string) =>
    eventually(async () => ((await stateOf(id)) === state ? true : undefined), `${id} to be ${state}`);

  describe('keys', () => {
    it('creates the first key of a user, lists it, finds it by its text, and revokes it at once', async () => {
      const userId = newUser();
      const created = await admin('keys', 'create', '--user', userId, '--name', 'Production', '--expires', '1y');
      expect(created).toMatchObject({ code: 0, stderr: '' });
      const [, id = '', key = ''] =
        new RegExp(
          `^Created the key (${UUID}) of ${userId}: webhooks, expires \\S+Z\\. .*only now:\n(dm_live_\\w{64})\n$`,
        ).exec(created.stdout) ?? [];
      const api = new ApiClient(server.url, key);
      expect((await api.get('/v1/api-keys')).body.data).toMatchObject([{ id, userId, name: 'Production' }]);

      expect(await dataOf('keys', 'list', '--user', userId)).toMatchObject([{ id, userId, scopes: ['webhooks'] }]);
      expect((await admin('keys', 'list', '--user', userId)).stdout).toMatch(
        new RegExp(`^ID .*\n${id}  ${userId}  Prod`),
      );
      const found = await runAdmin(database, ['keys', 'find', '--json'], `${key}\n`);
      expect(JSON.parse(found.stdout)).toMatchObject({ data: { id, userId, revoked: false } });

      expect(await admin('keys', 'revoke', id)).toEqual({
        code: 0,
        stdout: `Revoked the key ${id} of ${userId}: Production\n`,
        stderr: '',
      });
      expect((await api.get('/v1/api-keys')).status).toBe(401);
      expect((await admin('keys', 'list', '--user', userId)).stdout).toBe(`${userId} has no active API key.\n`);
      expect((await runAdmin(database, ['keys', 'find'], key)).stdout).toMatch(/^state +revoked$/m);
    });

    it('creates a key of an operator, which acts for the users', async () => {
      const { key } = await dataOf('keys', 'create', '--user', 'uid_operator', '--name', 'x', '--scopes', 'admin');
      const { userId, id } = await newWebhook('http://127.0.0.1:65000/');
      const { body } = await new ApiClient(server.url, key).get(`/v1/webhooks?userId=${userId}`);
      expect(body.data).toMatchObject([{ id, userId }]);
    });

    it('fails and changes nothing for unknown ids, an unknown key and the limit of keys', async () => {
      expect(await admin('keys', 'revoke', randomUUID())).toEqual({
        code: 1,
        stdout: '',
        stderr: 'There is no API key with this id.\n',
      });
      expect(await runAdmin(database, ['keys', 'find'], 'dm_live_unknown')).toMatchObject({ code: 1 });
      const userId = newUser();
      const api = await newUserClient(userId);
      for (let count = 0; count < 9; count += 1) {
        expect((await api.post('/v1/api-keys', { name: 'x', expiresIn: '30d' })).status).toBe(201);
      }
      const refused = await admin('keys', 'create', '--user', userId, '--name', 'x');
      expect(refused).toMatchObject({ code: 1, stdout: '' });
      expect(refused.stderr).toBe(`${userId} has 10 active API keys. Revoke one first.\n`);
    });
  });

  it('lists the users with their keys and webhooks', async () => {
    const { userId } = await newWebhook('http://127.0.0.1:65000/');
    const users = await dataOf('users', 'list', '--limit', '1000');
    expect(users).toContainEqual(expect.objectContaining({ userId, activeKeys: 1, activeWebhooks: 1, webhooks: 1 }));
    expect((await admin('users', 'list', '--limit', '1')).stdout).toMatch(/^USER .*\n.*\nThere may be more: --limit /);
  });

  describe('webhooks', () => {
    it('lists failing webhooks of all users, and the log of a delivery by both of its ids', async () => {
      const receiver = await stage.receiver((_request, response) => response.writeHead(500).end());
      const { userId, api, id, publish } = await newWebhook(receiver.url);
      await publish(1);
      const [record] = await api.log(1);
      const listed = await dataOf('webhooks', 'list', '--state', 'failing');
      expect(listed).toContainEqual(
        expect.objectContaining({ id, userId, state: 'failing', consecutiveFailures: 1, pausedUntil: null }),
      );
      expect((await admin('webhooks', 'list', '--user', userId)).stdout).toMatch(
        new RegExp(`^ID .*\n${id}  ${userId}  failing  20\\S+Z +1 +0 +- +- +${receiver.url}\n$`),
      );
      const attempt = { id: record?.id, attempt: 1, status: 'failed', httpStatus: 500 };
      for (const given of [record?.deliveryId, record?.id]) {
        expect(await dataOf('deliveries', 'show', String(given))).toMatchObject({
          delivery: { id: record?.deliveryId, webhookId: id, state: 'pending', attempts: 1 },
          attempts: [attempt],
        });
      }
      const recent = ['--since', new Date(Date.now() - 3_600_000).toISOString()];
      expect((await admin('deliveries', 'show', String(record?.deliveryId), ...recent)).stdout).toMatch(
        /^state +pending\n[^]*^ATTEMPT +AT[^]*^ +1 +20\S+Z +event +failed +500 /m,
      );
      expect(await admin('deliveries', 'show', randomUUID(), ...recent)).toMatchObject({ code: 1 });
    });

    it('shows a webhook as its owner sees it, with each field that an owner can set', async () => {
      const { api, id, path } = await newWebhook('http://127.0.0.1:65000/');
      const fields = {
        description: 'Production',
        filter: { 'data.pages': { $gte: 100 } },
        headers: { 'x-team': 'a' },
        timeoutMs: 2000,
        retrySchedule: ['0s', '1m'],
        ordering: 'extraction',
        rateLimit: { requests: 5, per: 'second' },
      };
      expect((await api.patch(path, fields)).status).toBe(200);
      const seen = (await api.get(path)).body.data;
      expect(seen).toMatchObject({ timeoutMs: 2000, headers: { 'x-team': expect.any(String) } });
      expect(await dataOf('webhooks', 'show', id)).toMatchObject(seen);
    });

    it('lists paused webhooks, and ends a pause by disabling and enabling', async () => {
      const receiver = await stage.receiver((_request, response, number) => {
        response.writeHead(number === 1 ? 503 : 200, { 'retry-after': '3600' }).end();
      });
      const { id, publish } = await newWebhook(receiver.url);
      await publish(1);
      await inState(id, 'paused');
      const listed: { id: string; pausedUntil: string }[] = await dataOf('webhooks', 'list', '--state', 'paused');
      const paused = listed.find((webhook) => webhook.id === id);
      expect(paused).toMatchObject({ state: 'paused', pauses: 1 });
      expect(Date.parse(paused?.pausedUntil ?? '') - Date.now()).toBeGreaterThan(3_000_000);
      await publish(1);
      await admin('webhooks', 'disable', id, '--reason', 'Ends the pause');
      expect((await admin('webhooks', 'enable', id)).code).toBe(0);
      await receiver.received(2);
    });

    it('disables with a reason that the owner reads, stops the sending, and enables again', async () => {
      const open: ServerResponse[] = [];
      const receiver = await stage.receiver((_request, response) => void open.push(response));
      const { userId, api, id, path, publish } = await newWebhook(receiver.url);
      await publish(5);
      await receiver.received(1);

      const reason = 'It overloads a partner: write to ops@example.com';
      expect(await admin('webhooks', 'disable', id, '--reason', reason)).toEqual({
        code: 0,
        stdout: `Disabled ${id} of ${userId}: ${reason}\n`,
        stderr: '',
      });
      expect((await api.get(path)).body.data).toMatchObject({ active: false, disabledReason: reason });
      expect((await admin('webhooks', 'disable', id, '--reason', 'Again')).stdout).toMatch(
        new RegExp(`^Nothing is changed: ${id} of ${userId} is disabled already since 20\\S+Z: ${reason}\n$`),
      );
      expect(await admin('webhooks', 'test', id)).toMatchObject({
        code: 1,
        stderr: 'The webhook is not active: activate it first.\n',
      });
      open.shift()?.end();
      await api.log(1);
      expect((await dataOf('webhooks', 'show', id)).backlog).toMatchObject({ pending: 4, due: 4 });
      expect(receiver.requests).toHaveLength(1);

      expect((await admin('webhooks', 'enable', id)).stdout).toBe(`Enabled ${id} of ${userId}\n`);
      await receiver.received(2);
      expect((await api.get(path)).body.data).toMatchObject({ active: true, disabledReason: null });
    });

    it('names the user when the limit of active webhooks refuses to enable one', async () => {
      const { userId, api, id } = await newWebhook('http://127.0.0.1:65000/');
      await admin('webhooks', 'disable', id, '--reason', 'Test');
      for (let count = 0; count < 10; count += 1) await api.createWebhook(`http://127.0.0.1:65000/${count}`);
      expect(await admin('webhooks', 'enable', id)).toEqual({
        code: 1,
        stdout: '',
        stderr: `${userId} has 10 active webhooks, which is the limit. Delete one before you create another.\n`,
      });
    });

    it('shows a delivery of an old event by its id', async () => {
      const { api, publish } = await newWebhook((await stage.receiver()).url);
      await publish(1);
      const [record] = await api.log(1);
      const session = new Client({ connectionString: database.env.DATABASE_URL });
      await session.connect();
      for (const age of ['2 hours', '2 days', '20 days']) {
        await session.query(`UPDATE deliveries SET event_id = uuid_v7(now() - $1::interval) WHERE id = $2`, [
          age,
          record?.deliveryId,
        ]);
        expect(await dataOf('deliveries', 'show', String(record?.deliveryId))).toMatchObject({
          delivery: { id: record?.deliveryId },
        });
      }
      await session.end();
    });

    it('sends a test event through the running service', async () => {
      const receiver = await stage.receiver();
      const { userId, api, id } = await newWebhook(receiver.url);
      const { code, stdout } = await admin('webhooks', 'test', id);
      expect(code).toBe(0);
      const [, deliveryId] =
        new RegExp(`^Queued the test delivery (${UUID}) to ${id} of ${userId}: ${receiver.url}\n$`).exec(stdout) ?? [];
      const [request] = await receiver.received(1);
      expect([request?.headers['webhook-id'], JSON.parse(request?.body ?? '').type]).toEqual([
        deliveryId,
        'webhook.test',
      ]);
      expect(await api.log(1)).toMatchObject([{ userId, deliveryId, trigger: 'test', status: 'success' }]);
    });
  });

  describe('backlog', () => {
    it('lists and cancels the backlog of a webhook after a question, and leaves others alone', async () => {
      const receiver = await stage.receiver((_request, response) => {
        response.writeHead(503, { 'retry-after': '3600' }).end();
      });
      const { userId, api, id, path, publish } = await newWebhook(receiver.url);
      const other = await newWebhook(receiver.url);
      await publish(1);
      await inState(id, 'paused');
      await publish(20);
      await api.patch(`/v1/webhooks/${other.id}`, { active: false });
      const [row] = await dataOf('backlog', 'list', '--user', userId);
      expect(row).toMatchObject({ webhookId: id, userId, state: 'paused', pending: 21, due: 20 });
      expect(Math.abs(Date.parse(row.oldestDue) - Date.now())).toBeLessThan(60_000);
      expect((await admin('backlog', 'list')).stdout).toMatch(
        new RegExp(`^${id}  ${userId}  paused +21 +20  20\\S+Z$`, 'm'),
      );

      const question = new RegExp(
        `^${id} of ${userId} \\(${receiver.url}\\) has 21 pending deliveries, the oldest due `,
      );
      for (const input of ['', 'n\n', 'maybe\n']) {
        const refused = await runAdmin(database, ['backlog', 'cancel', id], input);
        expect(refused).toMatchObject({ code: 1, stdout: '' });
        expect(refused.stderr).toMatch(question);
        expect(refused.stderr).toContain('Not confirmed: nothing is changed.');
      }
      expect(await dataOf('backlog', 'list', '--user', userId)).toMatchObject([{ pending: 21 }]);

      const done = await runAdmin(database, ['backlog', 'cancel', id], 'y\n');
      expect(done).toMatchObject({ code: 0, stdout: `Cancelled 21 deliveries to ${id} of ${userId}\n` });
      expect((await admin('backlog', 'list', '--user', userId)).stdout).toBe('No pending deliveries.\n');
      expect((await admin('backlog', 'cancel', id)).stdout).toBe(`Cancelled 0 deliveries to ${id} of ${userId}\n`);

      const since = new Date(Date.now() - 600_000).toISOString();
      expect((await api.post(`${path}/recover`, { since })).body.data).toMatchObject({ queued: 21 });
    });

    it('cancels deliveries that the service has buffered: only the attempt in flight ends', async () => {
      const open: ServerResponse[] = [];
      const receiver = await stage.receiver((_request, response) => void open.push(response));
      const { api, id, publish } = await newWebhook(receiver.url);
      await publish(50);
      await receiver.received(1);
      expect(await dataOf('backlog', 'cancel', id, '--yes')).toMatchObject({ webhookId: id, deliveries: 50 });
      open.shift()?.writeHead(500).end();
      const [record] = await api.log(1);
      expect(record).toMatchObject({ status: 'failed', nextAttemptAt: null });
      expect(await dataOf('deliveries', 'show', String(record?.id))).toMatchObject({
        delivery: { state: 'cancelled', attempts: 1 },
      });
      await publish(1);
      const [, next] = await receiver.received(2);
      open.shift()?.end();
      const records = await api.log(2);
      expect(records.map(({ deliveryId }) => deliveryId)).toEqual([next?.headers['webhook-id'], record?.deliveryId]);
    });
  });

  it('runs the commands of docs/operating.md as they are written', async () => {
    const text = await readFile(join(ROOT, 'docs/operating.md'), 'utf8');
    const [, section = ''] = /^## Commands for operators\n([^]*?)^## /m.exec(text) ?? [];
    const blocks = [...section.matchAll(/^```sh\n([^]*?)^```/gm)].map(([, block = '']) => block);
    const documented = [...section.matchAll(/^\| `(\w+ \w+)/gm)].map(([, name = '']) => name);
    const { stdout: help } = await admin('help');
    expect(documented.sort()).toEqual([...help.matchAll(/^ {2}(\w+ \w+)/gm)].map(([, name = '']) => name).sort());

    const receiver = await stage.receiver();
    const { userId, id, api } = await newWebhook(receiver.url);
    const { body } = await api.get('/v1/api-keys');
    const env = {
      ...process.env,
      ...database.env,
      WEBHOOK_ID: id,
      LEAKED_KEY: api.key,
      KEY_ID: body.data[0].id,
      USER_ID: userId,
    };
    for (const block of blocks) {
      const { stdout, stderr } = await promisify(execFile)('bash', ['-e', '-o', 'pipefail', '-c', block], {
        cwd: ROOT,
        env,
      });
      expect([stdout, stderr]).toEqual([expect.stringMatching(/./), '']);
    }
    expect(blocks).toHaveLength(4);
    expect((await api.get('/v1/webhooks')).status).toBe(401);
    await receiver.received(1);
  });
});

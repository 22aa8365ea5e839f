import { readdir } from 'node:fs/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { ApiClient } from '../support/api-client.js';
import { adminData, runAdmin } from './support/run-admin.js';
import { Stage } from './support/stage.js';

jest.setTimeout(180_000);

describe('npm run admin', () => {
  const stage = new Stage();

  afterEach(() => stage.clear());

  it('works on an embedded database while no service runs, and is refused while one does', async () => {
    const database = await stage.database('embedded');
    const first = await stage.start(database);
    const { webhook } = await first.api.createWebhook('http://127.0.0.1:65000/');

    const refused = await runAdmin(database, ['keys', 'list', '--user', 'uid_local']);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(
      /^The embedded database in \S+ is in use by process \d+ on \S+\. .*stop the other one.*\n.*the API with a key that has the scope admin/,
    );
    const asJson = await runAdmin(database, ['users', 'list', '--json']);
    expect(JSON.parse(asJson.stderr)).toEqual({
      error: { code: 'FAILED', message: expect.stringContaining('in use by') },
    });
    await first.kill('SIGTERM');

    const created = await runAdmin(database, ['keys', 'create', '--user', 'uid_b', '--name', 'First', '--json']);
    const { key } = JSON.parse(created.stdout).data;
    expect(await adminData(database, 'webhooks', 'test', webhook.id)).toMatchObject({ state: 'pending' });
    expect(await adminData(database, 'backlog', 'list')).toMatchObject([{ webhookId: webhook.id, pending: 1, due: 1 }]);
    expect(await adminData(database, 'backlog', 'cancel', webhook.id, '--yes')).toMatchObject({ deliveries: 1 });
    await adminData(database, 'webhooks', 'disable', webhook.id, '--reason', 'Test');
    expect(await adminData(database, 'webhooks', 'list', '--state', 'disabled')).toMatchObject([{ id: webhook.id }]);
    const second = await stage.start(database);
    expect((await new ApiClient(second.url, key).get('/v1/api-keys')).body.data).toMatchObject([{ userId: 'uid_b' }]);
    expect((await second.api.get(`/v1/webhooks/${webhook.id}`)).body.data).toMatchObject({ disabledReason: 'Test' });
  });

  it('creates no embedded database where there is none', async () => {
    const { env } = await stage.database('embedded');
    const elsewhere = { env: { DATA_DIR: `${env.DATA_DIR}/postgres` } };
    const { code, stdout, stderr } = await runAdmin(elsewhere, ['users', 'list']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^DATABASE_URL is not set, and \S+ has no embedded database: set DATABASE_URL or DATA_DIR/);
    expect(await readdir(elsewhere.env.DATA_DIR)).not.toContain('postgres');
  });

  it('exits with 1 and one line when the database does not answer', async () => {
    const { env } = await stage.database('embedded');
    const away = { env: { ...env, DATABASE_URL: 'postgresql://postgres@127.0.0.1:1/x' } };
    const { code, stdout, stderr } = await runAdmin(away, ['users', 'list']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^PostgreSQL at 127\.0\.0\.1:1\/x can't be used: [^\n]+\n$/);
  });

  it('exits with 2 and touches no database when the command line is wrong', async () => {
    const { code, stdout, stderr } = await runAdmin({ env: { DATA_DIR: '/' } }, ['keys', 'list']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toBe('"keys list" needs --user <user>\n"npm run --silent admin -- help" lists the commands.\n');
  });

  it('exits with 2 when a value is wrong', async () => {
    const database = await stage.database('embedded');
    const scopes = ['--scopes', 'owner'];
    for (const [argv, message] of [
      [
        ['keys', 'create', '--user', 'a b', '--name', 'x'],
        'userId must be a text of 1 to 128 visible ASCII characters',
      ],
      [['keys', 'create', '--user', 'a', '--name', 'x', ...scopes], 'scopes[0]: "owner" is not a scope'],
      [['keys', 'find'], '"keys find" reads the key from the standard input'],
    ] as const) {
      const { code, stderr } = await runAdmin(database, [...argv, '--json']);
      expect([code, JSON.parse(stderr).error]).toEqual([
        2,
        { code: expect.stringMatching(/^(?:USAGE|VALIDATION_ERROR)$/), message: expect.stringContaining(message) },
      ]);
    }
  });

  it('lists all commands for help', async () => {
    const { code, stdout } = await runAdmin({ env: { DATA_DIR: '/' } }, ['help']);
    expect(code).toBe(0);
    for (const name of ['keys create', 'webhooks disable <webhook-id>', 'backlog cancel <webhook-id>', '--json']) {
      expect(stdout).toContain(name);
    }
  });
});

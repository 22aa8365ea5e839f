import { readdir } from 'node:fs/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { ApiClient } from '../support/api-client.js';
import { runAdmin } from './support/run-admin.js';
import { Stage } from './support/stage.js';

jest.setTimeout(180_000);

describe('npm run admin', () => {
  const stage = new Stage();

  afterEach(() => stage.clear());

  it('works on an embedded database while no service runs, and is refused while one does', async () => {
    const database = await stage.database('embedded');
    const first = await stage.start(database);
    const { webhook } = await first.api.createWebhook('http://127.0.0.1:9/');

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
    expect((await runAdmin(database, ['webhooks', 'disable', webhook.id, '--reason', 'Test'])).code).toBe(0);
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

  it.each<[string, string[], RegExp]>([
    ['no command', [], /^No command is given\n/],
    ['an unknown group', ['key', 'list'], /^There is no command "key list": did you mean keys list\?\n/],
    [
      'an unknown action',
      ['keys', 'remove'],
      /^There is no command "keys remove": did you mean keys create, keys list, /,
    ],
    ['an unknown option', ['keys', 'list', '--owner', 'x'], /^"keys list": Unknown option '--owner'/],
    ['an option before the command', ['--json', 'users', 'list'], /^There is no command /],
    ['a missing option', ['keys', 'list'], /^"keys list" needs --user <user>\n/],
    ['a missing reason', ['webhooks', 'disable', 'webhook-1'], /^"webhooks disable" needs --reason <text>\n/],
    ['a missing argument', ['backlog', 'cancel'], /^"backlog cancel" needs one argument: <webhook-id>, not 0\n/],
    ['two arguments', ['keys', 'revoke', 'a', 'b'], /^"keys revoke" needs one argument: <key-id>, not 2\n/],
    ['an argument too many', ['users', 'list', 'x'], /^"users list" takes no argument, not 1\n/],
    ['an unknown state', ['webhooks', 'list', '--state', 'sick'], /^--state must be one of healthy, failing, paused, /],
    [
      'an unknown lifetime',
      ['keys', 'create', '--user', 'a', '--name', 'x', '--expires', '5d'],
      /^--expires must be one/,
    ],
  ])('exits with 2 and touches no database when the command line has %s', async (_what, argv, message) => {
    const { code, stdout, stderr } = await runAdmin({ env: { DATA_DIR: '/' } }, argv);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/\n"npm run --silent admin -- help" lists the commands\.\n$/);
  });

  it.each<[string[], string]>([
    [['keys', 'create', '--user', 'a b', '--name', 'x'], 'userId must be a text of 1 to 128 visible ASCII characters'],
    [['keys', 'create', '--user', 'a', '--name', 'x', '--scopes', 'owner'], 'scopes[0]: "owner" is not a scope'],
    [['users', 'list', '--limit', '1001'], '--limit must be a whole number from 1 to 1000'],
    [['keys', 'find'], '"keys find" reads the key from the standard input'],
    [['deliveries', 'show', 'x', '--since', 'yesterday'], '--since must be an ISO 8601 time'],
    [['webhooks', 'disable', 'webhook-1', '--reason', 'x\ny'], '--reason must be text of 1 to 200 characters'],
  ])('exits with 2 for the value in %j', async (argv, message) => {
    const database = await stage.database('embedded');
    const { code, stderr } = await runAdmin(database, [...argv, '--json']);
    expect([code, JSON.parse(stderr).error.message]).toEqual([2, expect.stringContaining(message)]);
  });

  it.each([['help'], ['--help'], ['keys', 'create', '--help']])('lists all commands for %s', async (...argv) => {
    const { code, stdout } = await runAdmin({ env: { DATA_DIR: '/' } }, argv);
    expect(code).toBe(0);
    for (const name of ['keys create', 'webhooks disable <webhook-id>', 'backlog cancel <webhook-id>', '--json']) {
      expect(stdout).toContain(name);
    }
  });
});

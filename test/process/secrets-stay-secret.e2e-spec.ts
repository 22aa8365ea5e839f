import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createServer, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { webhookUuidOf } from '../../src/common/ids.js';
import { eventually } from '../support/api-client.js';
import type { TestDatabase } from '../support/database.js';
import { freePort } from '../support/free-port.js';
import type { ServerProcess } from '../support/server-process.js';
import { onServer } from '../support/test-server.mjs';
import { formsOf, leaksIn } from './support/leaks.js';
import { describeOnServer } from './support/kinds.js';
import { PasswordRefuser } from './support/postgres-impostor.js';
import { reencryptSecrets } from './support/reencrypt-secrets.js';
import { openSession } from './support/session.js';
import { Stage } from './support/stage.js';

jest.setTimeout(240_000);

const WAIT_MS = 60_000;
const run = promisify(execFile);

/** Executes its arguments with a pseudoterminal as standard output (forkpty(3)). */
const TERMINAL = ['python3', '-c', 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)'] as const;

const newSecret = (): string => randomBytes(32).toString('hex');
const newKey = (): string => `dm_live_${newSecret()}`;

/** The output of a test, and the secrets that must not appear in it. */
class Evidence {
  /** Keys and secrets, which appear only in the answer that shows them. */
  readonly secrets: Record<string, string> = {};
  /** Values that the API shows to their owner, and that must not be logged. */
  readonly unlogged: Record<string, string> = {};
  readonly answers: string[] = [];

  secret(what: string, value: string = newSecret()): string {
    this.secrets[what] = value;
    return value;
  }

  notLogged(what: string, value: string = newSecret()): string {
    this.unlogged[what] = value;
    return value;
  }
}

describe('The search for secrets', () => {
  it.each(['plain', 'amid other text', 'in JSON', 'in a URL', 'in base64', 'in base64 with others', 'in hex'])(
    'finds one %s',
    (form) => {
      const secret = 'p@ss "w/rd"? + \u00e9 long enough';
      const bytes = Buffer.from(secret);
      const texts: Record<string, string> = {
        plain: secret,
        'amid other text': `{"a":1}whsec_${secret}"`,
        'in JSON': JSON.stringify({ secret }),
        'in a URL': `https://your-app.com/?token=${encodeURIComponent(secret)}&a=b`,
        'in base64': bytes.toString('base64'),
        'in base64 with others': Buffer.concat([Buffer.from('uid:'), bytes, Buffer.from(':x')]).toString('base64url'),
        'in hex': `\\x00${bytes.toString('hex')}00`,
      };
      expect(leaksIn({ text: texts[form] ?? '' }, { it: secret })).toEqual(['text: it']);
      expect(leaksIn({ text: texts[form] ?? '' }, { another: newSecret() })).toEqual([]);
    },
  );

  it('finds the bytes of a secret and of a key', () => {
    const key = randomBytes(32);
    expect(leaksIn({ text: `<Buffer ${key.toString('hex')}>` }, { it: key.toString('base64') })).toHaveLength(1);
    expect(leaksIn({ text: key.toString('base64') }, { it: key.toString('hex') })).toHaveLength(1);
    const secret = newSecret();
    expect(leaksIn({ text: Buffer.from(secret, 'base64').toString('hex') }, { it: secret })).toHaveLength(1);
  });
});

describeOnServer('No secret leaks', () => {
  let stage: Stage;
  let evidence: Evidence;

  beforeEach(() => {
    stage = new Stage();
    evidence = new Evidence();
  });

  afterEach(() => stage.clear());

  /** Makes a request and records its answer, except an answer that shows a secret. */
  async function ask(
    { url }: Pick<ServerProcess, 'url'>,
    method: string,
    path: string,
    { key, body, headers = {}, shows }: AskOptions = {},
  ) {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const answer = await response.text();
    if (shows !== true) evidence.answers.push(`${JSON.stringify([...response.headers])}\n${answer}`);
    // oxlint-disable-next-line typescript/no-unsafe-return
    return { status: response.status, data: response.ok && answer.startsWith('{') ? JSON.parse(answer).data : answer };
  }

  /** Sends bytes unchanged, for requests that an HTTP client can't send. */
  async function askRaw({ url }: ServerProcess, bytes: string): Promise<void> {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.end(bytes);
    evidence.answers.push(await text(socket));
  }

  async function register(server: ServerProcess, key: string, url: string, what: string): Promise<string> {
    const body = { url, events: ['extraction.completed'] };
    const { status, data } = await ask(server, 'POST', '/v1/webhooks', { key, body, shows: true });
    expect(status).toBe(200);
    evidence.secret(`the signing secret of ${what}`, data.secret);
    return data.webhook.id as string;
  }

  it('during all operations with secrets, at the most verbose log level', async () => {
    const database = await withPassword(await stage.database('server'));
    const bootstrapKey = evidence.secret('the bootstrap key', newKey());
    const before = evidence.secret('the former SECRETS_KEY', randomBytes(32).toString('base64'));
    const SECRETS_KEY = evidence.secret('SECRETS_KEY', randomBytes(32).toString('base64'));
    const env = {
      SECRETS_KEY,
      SECRETS_KEY_FALLBACKS: before,
      BOOTSTRAP_API_KEY: bootstrapKey,
      LOG_LEVEL: 'trace',
      RETRY_SCHEDULE: '0s,50ms',
      DELIVERY_TIMEOUT_MS: '2000',
    };
    const server = await stage.start(database, env);
    const key = bootstrapKey;

    // Receivers, whose URLs have a credential in the query.
    const echo = await stage.receiver((request, response) => {
      response.setHeader('x-echo', JSON.stringify(request.headers)).end(JSON.stringify(request));
    });
    const failing = await stage.receiver((request, response) => {
      response.writeHead(500, { 'x-echo': String(request.headers['webhook-signature']) }).end(JSON.stringify(request));
    });
    const resetting = await stage.receiver((_request, response) => void response.destroy());
    const silent = await stage.receiver(() => undefined);
    const token = evidence.notLogged("the credential in the webhooks' URLs", randomBytes(12).toString('hex'));
    const targets = {
      'an echo': echo.url,
      'a failure': failing.url,
      'a reset': resetting.url,
      silence: silent.url,
      nobody: `http://127.0.0.1:${await freePort()}/`,
    };
    const ids: string[] = [];
    for (const [what, url] of Object.entries(targets)) {
      ids.push(await register(server, key, `${url}?token=${token}`, what));
    }
    const [echoId = '', failingId = '', resettingId = '', silentId = ''] = ids;
    // Not to a receiver that echoes its request: the log of deliveries shows its answer.
    const gatewayKey = evidence.secret('a header of the owner');
    const withHeader = { headers: { 'x-api-key': gatewayKey } };
    expect((await ask(server, 'PATCH', `/v1/webhooks/${silentId}`, { key, body: withHeader })).status).toBe(200);
    const refusedBody = { headers: { 'x-api-key': gatewayKey, host: gatewayKey, 'x-b': `${gatewayKey}\n` } };
    expect((await ask(server, 'PATCH', `/v1/webhooks/${silentId}`, { key, body: refusedBody })).status).toBe(400);
    // A receiver and an authorization server that answer with the request that they got.
    const accessToken = evidence.secret('an access token');
    const issuing = await stage.receiver((request, response) => {
      response.end(JSON.stringify({ access_token: accessToken, token_type: 'Bearer', request }));
    });
    const refusing = await stage.receiver((request, response) => response.writeHead(401).end(JSON.stringify(request)));
    const clientSecret = evidence.secret('a client secret');
    for (const [id, { url: tokenUrl }] of [
      [failingId, issuing],
      [resettingId, refusing],
    ] as const) {
      const auth = { type: 'oauth2', tokenUrl, clientId: 'docmap', clientSecret };
      expect((await ask(server, 'PATCH', `/v1/webhooks/${id}`, { key, body: { auth } })).status).toBe(200);
      for (const wrong of [{ scope: clientSecret + ' ' }, { clientId: `${clientSecret}\n` }, { type: clientSecret }]) {
        const body = { auth: { ...auth, ...wrong } };
        expect((await ask(server, 'PATCH', `/v1/webhooks/${id}`, { key, body })).status).toBe(400);
      }
      const body = { auth: clientSecret };
      expect((await ask(server, 'PATCH', `/v1/webhooks/${id}`, { key, body })).status).toBe(400);
    }

    // URLs that are refused.
    const refusedUrl = evidence.secret('the credential in a refused URL');
    for (const url of [
      `https://user:${refusedUrl}@your-app.com/`,
      `https://10.0.0.1/?token=${refusedUrl}`,
      `ftp://your-app.com/?token=${refusedUrl}`,
      `https://your-app.com/?token=${refusedUrl}#x`,
      `?token=${refusedUrl}`,
      { token: refusedUrl },
    ]) {
      const body = { url, events: ['extraction.completed'] };
      expect((await ask(server, 'POST', '/v1/webhooks', { key, body })).status).toBe(400);
      expect((await ask(server, 'PATCH', `/v1/webhooks/${echoId}`, { key, body })).status).toBe(400);
    }

    // Secrets of the caller, which the API does not accept, and invalid bodies.
    const own = evidence.secret("the caller's own secret");
    const valid = { url: 'https://your-app.com/', events: ['extraction.completed'] };
    for (const secret of [own, `whsec_${own}`, { value: own }, [own]]) {
      const body = { ...valid, secret };
      expect((await ask(server, 'POST', '/v1/webhooks', { key, body })).status).toBe(400);
      expect((await ask(server, 'POST', `/v1/webhooks/${echoId}/rotate-secret`, { key, body })).status).toBe(400);
    }
    for (const body of [
      `{"secret":"${own}"`,
      own,
      `"${own}" x`,
      `{"a":${own}}`,
      `{"secret":'${own}'}`,
      `{"__proto__":"${own}"}`,
      `"${own}"`,
      `["${own}"]`,
    ]) {
      for (const path of ['/v1/webhooks', '/v1/events', '/v1/api-keys', `/v1/webhooks/${echoId}/rotate-secret`]) {
        expect((await ask(server, 'POST', path, { key, body })).status).toBe(400);
      }
    }
    for (const body of [
      { event: own },
      { userId: `${own} ` },
      { occurredAt: own },
      { data: own },
      { extractionId: [own] },
    ]) {
      expect((await ask(server, 'POST', '/v1/events', { key, body })).status).toBe(400);
    }
    await ask(server, 'POST', '/v1/webhooks', {
      key,
      body: `secret=${own}`,
      headers: { 'content-type': 'text/plain' },
    });

    // Short secrets too: an excerpt of a body could contain a whole one.
    const short = evidence.secret('a short secret', randomBytes(5).toString('hex'));
    for (const body of [`{"a":"${short}`, short, `${short}"`, `{"s":'${short}'}`, `{"secret":"${short}",}`]) {
      expect((await ask(server, 'POST', '/v1/webhooks', { key, body })).status).toBe(400);
    }

    // Keys: made, revoked, expired, unknown.
    const makeKey = async (what: string): Promise<{ key: string; id: string }> => {
      const body = { name: what, expiresIn: '30d', scopes: ['webhooks'] };
      const { data } = await ask(server, 'POST', '/v1/api-keys', { key, body, shows: true });
      return { key: evidence.secret(what, data.key), id: data.apiKey.id };
    };
    const [used, revoked, expired] = [
      await makeKey('a key'),
      await makeKey('a revoked key'),
      await makeKey('an expired key'),
    ];
    const unknown = evidence.secret('an unknown key', newKey());
    await ask(server, 'DELETE', `/v1/api-keys/${revoked.id}`, { key });
    await sql(database, `UPDATE api_keys SET expires_at = now() - interval '1 day' WHERE id = '${expired.id}'`);
    expect((await ask(server, 'GET', '/v1/webhooks', { key: used.key })).status).toBe(200);
    expect((await ask(server, 'POST', '/v1/events', { key: used.key, body: {} })).status).toBe(403);
    for (const refused of [revoked.key, expired.key, unknown]) {
      expect((await ask(server, 'GET', '/v1/webhooks', { key: refused })).status).toBe(401);
    }

    // Invalid Authorization headers, and keys in the wrong places.
    for (const authorization of [
      unknown,
      `Basic ${Buffer.from(`user:${unknown}`).toString('base64')}`,
      `Bearer${unknown}`,
      `Bearer: ${unknown}`,
      `Bearer ${unknown} ${unknown}`,
      `Bearer "${unknown}"`,
      `Bearer ${unknown},`,
      `Bearer ${unknown}${unknown}`,
      `Digest username="${unknown}"`,
      `bearer ${unknown.toUpperCase()}`,
      `Bearer ${key}x-`,
    ]) {
      expect((await ask(server, 'GET', '/v1/webhooks', { headers: { authorization } })).status).toBe(401);
    }
    // A key in the place of an id.
    for (const path of [`/v1/api-keys/${unknown}`, `/v1/webhooks/${unknown}`, `/v2/${unknown}`, `/${unknown}?a=%zz`]) {
      expect((await ask(server, 'DELETE', path, { key })).status).toBe(404);
      expect((await ask(server, 'GET', path, { key })).status).toBe(path.startsWith('/v1/api-keys/') ? 405 : 404);
    }
    const headers = { 'x-api-key': unknown, cookie: `key=${unknown}`, 'proxy-authorization': `Basic ${unknown}` };
    expect((await ask(server, 'GET', '/v1/webhooks', { headers })).status).toBe(401);
    const query = evidence.secret("the credential in a request's query");
    for (const path of [
      '/v1/webhooks',
      '/v1/events',
      '/v1/webhooks/deliveries',
      '/v2/none',
      '/',
      '/docs/none',
      '/v1/webhooks/%zz',
    ]) {
      for (const suffix of [`?api_key=${query}`, `?a=b&token=${query}&limit=x`, `?cursor=${query}`, `?a=%zz${query}`]) {
        await ask(server, 'GET', `${path}${suffix}`, { key });
        await ask(server, 'POST', `${path}${suffix}`, { key, body: {} });
        await ask(server, 'GET', `${path}${suffix}`);
      }
    }
    for (const line of [
      `GET /v1/webhooks?token=${query} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${unknown}\r\n: ${unknown}\r\n\r\n`,
      `GET /v1/webhooks?token=${query} HTTP/1.1\r\nauthorization: Bearer ${unknown}\u0001\r\nhost: x\r\n\r\n`,
      `GET /v1/webhooks?token=${query} HTTP/9.9\r\nauthorization: Bearer ${unknown}\r\n\r\n`,
      `GET http://user:${unknown}@x/v1/webhooks?token=${query} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
      `GET /v1/webhooks#token=${query} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
      `BREW /?token=${query} HTTP/1.1\r\nauthorization: Bearer ${unknown}\r\n\r\n`,
      `POST /v1/events?token=${query} HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n${unknown}`,
      `GET /?token=${query}${'a'.repeat(20_000)} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${unknown}\r\n\r\n`,
    ]) {
      await askRaw(server, line);
    }

    // Deliveries, signed with one secret and with two.
    const publish = async (extractionId: string): Promise<void> => {
      const body = { event: 'extraction.completed', userId: 'uid_local', extractionId, data: {} };
      expect((await ask(server, 'POST', '/v1/events', { key, body })).status).toBe(202);
    };
    await publish('extract-1');
    await echo.received(1, WAIT_MS);
    const rotated = await ask(server, 'POST', `/v1/webhooks/${echoId}/rotate-secret`, { key, body: {}, shows: true });
    evidence.secret('a rotated signing secret', rotated.data.secret);
    await publish('extract-2');
    await ask(server, 'POST', `/v1/webhooks/${failingId}/test`, { key, body: {} });

    // A secret that can't be read, and one of the former key.
    await sql(database, `UPDATE webhooks SET secret = '\\x07' WHERE id = '${webhookUuidOf(resettingId)}'`);
    await publish('extract-3');
    // Three events for five webhooks, the failing ones twice each, except for the unreadable one; and a test.
    await eventually(
      async () => {
        const [row] = await sql(database, `SELECT count(*)::int AS count FROM deliveries WHERE state = 'pending'`);
        return row?.count === 0 ? true : undefined;
      },
      'every delivery',
      WAIT_MS,
    );
    expect(silent.requests[0]?.headers['x-api-key']).toBe(gatewayKey);
    for (const request of [...echo.requests, ...failing.requests, ...silent.requests]) {
      const { headers: sent } = request;
      for (const [index, signature] of String(sent['webhook-signature']).split(' ').entries()) {
        evidence.notLogged(`signature ${index} of ${String(sent['webhook-id'])}`, signature.replace('v1,', ''));
      }
      for (const [index, signature] of String(sent['x-docmap-signature']).split(',').entries()) {
        evidence.notLogged(
          `body signature ${index} of ${String(sent['webhook-id'])}`,
          signature.replace('sha256=', ''),
        );
      }
    }
    expect(Object.keys(evidence.unlogged).length).toBeGreaterThan(10);

    // All readable resources.
    const { data: records } = await ask(server, 'GET', '/v1/webhooks/deliveries?limit=100', { key });
    for (const { id } of records) await ask(server, 'GET', `/v1/webhooks/deliveries/${id}`, { key });
    for (const path of ['/v1/webhooks?active=all', `/v1/webhooks/${echoId}`, '/v1/api-keys'])
      await ask(server, 'GET', path, { key });
    for (const path of [
      '/openapi.json',
      '/openapi.yaml',
      '/docs',
      '/docs/swagger-ui-init.js',
      '/health',
      '/health/ready',
    ]) {
      expect((await ask(server, 'GET', path)).status).toBe(200);
    }
    const metrics = await ask(server, 'GET', '/metrics');

    // The command, with valid and invalid settings.
    const commands = [
      await reencryptSecrets(database, env),
      await reencryptSecrets(database, { ...env, SECRETS_KEY: before, SECRETS_KEY_FALLBACKS: '' }),
      await reencryptSecrets(database, { ...env, SECRETS_KEY_FALLBACKS: `${before}!` }),
    ];
    expect(commands.map(({ code }) => code)).toEqual([1, 1, 1]);

    // A deleted webhook leaves no secret.
    const stored = await sql(
      database,
      `SELECT encode(secret, 'hex') AS secret, encode(previous_secret, 'hex') AS previous
      FROM webhooks WHERE id = '${webhookUuidOf(echoId)}'`,
    );
    expect(await dump(database)).toContain(stored[0]?.previous);
    expect((await ask(server, 'DELETE', `/v1/webhooks/${echoId}`, { key })).status).toBe(200);

    // The database disappears during all operations.
    const name = new URL(database.env.DATABASE_URL ?? '').pathname.slice(1);
    const dumped = await dump(database);
    expect(dumped).not.toContain(stored[0]?.secret);
    expect(dumped).not.toContain(stored[0]?.previous);
    await onServer(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
    await onServer(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
    try {
      const body = { event: 'extraction.completed', userId: 'uid_local', extractionId: 'extract-4', data: {} };
      expect((await ask(server, 'POST', '/v1/events', { key, body })).status).toBe(503);
      expect((await ask(server, 'POST', `/v1/webhooks?token=${query}`, { key, body: valid })).status).toBe(503);
      expect((await ask(server, 'POST', '/v1/api-keys', { key, body: { name: 'x', expiresIn: '30d' } })).status).toBe(
        503,
      );
      expect((await ask(server, 'GET', '/health/ready')).status).toBe(503);
      commands.push(await reencryptSecrets(database, env));
      expect(commands.at(-1)?.code).toBe(1);
    } finally {
      await onServer(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    }

    // An internal fault with all that the log records: a table is missing.
    await sql(database, 'ALTER TABLE webhooks RENAME COLUMN url TO gone');
    await eventually(async () => {
      const { status } = await ask(server, 'POST', '/v1/webhooks', {
        key,
        body: { ...valid, url: `https://your-app.com/?token=${token}` },
      });
      return status === 500 ? true : undefined;
    }, 'a fault');
    await ask(server, 'GET', `/v1/webhooks?active=all`, { key });
    await sql(database, 'ALTER TABLE webhooks RENAME COLUMN gone TO url');
    await sql(database, `ALTER TABLE webhooks ADD CONSTRAINT none CHECK (description IS NULL)`);
    const body = { ...valid, url: `https://your-app.com/?token=${token}`, description: 'refused by the constraint' };
    expect((await ask(server, 'POST', '/v1/webhooks', { key, body })).status).toBe(500);
    expect((await ask(server, 'PATCH', `/v1/webhooks/${failingId}`, { key, body })).status).toBe(500);

    await server.kill('SIGTERM');
    const log = server.output.join('\n');
    const terminal = commands.map(({ stdout, stderr }) => stdout + stderr).join('\n');
    // Each place has its expected content. An empty one would prove nothing.
    expect(log).toContain('"route":"GET /v1/webhooks"');
    expect(log).toContain('"route":"DELETE /v1/api-keys/:id"');
    expect(log).toContain('violates check constraint');
    expect(log).toContain("can't be signed");
    expect(log).toContain('Ready at');
    expect(log.match(/"level":50/g)?.length).toBeGreaterThan(2);
    expect(log).toMatch(/"level":20/);
    expect(terminal).toContain('unreadable 1');
    expect(terminal).toContain(resettingId);
    expect(dumped).toContain('uid_local');
    expect(dumped).toContain(token);
    expect(evidence.answers.length).toBeGreaterThan(200);
    expect(Object.keys(evidence.secrets).length).toBeGreaterThan(15);

    const texts = {
      'the log': log,
      'the terminal': terminal,
      'an answer': evidence.answers.join('\n'),
      'the database': dumped,
    };
    expect(leaksIn({ ...texts, metrics: String(metrics.data) }, evidence.secrets)).toEqual([]);
    expect(
      leaksIn({ 'the log': log, 'the terminal': terminal, metrics: String(metrics.data) }, evidence.unlogged),
    ).toEqual([]);
  });

  it('when the start fails for any reason', async () => {
    const key = evidence.secret('SECRETS_KEY', randomBytes(32).toString('base64'));
    const password = evidence.secret('the password', `p@ss:w/rd?${newSecret()}`);
    const bootstrapKey = evidence.secret('the bootstrap key', newKey());
    const database = await stage.database('server');
    const refuser = await PasswordRefuser.start();
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const urlAt = (where: string): string => `postgresql://docmap:${encodeURIComponent(password)}@${where}`;
    const env = { SECRETS_KEY: key, BOOTSTRAP_API_KEY: bootstrapKey, LOG_LEVEL: 'trace' };
    const url = new URL((await withPassword(database)).env.DATABASE_URL ?? '');
    const failures: Record<string, string>[] = [
      { DATABASE_URL: urlAt(`127.0.0.1:${await freePort()}/docmap`) },
      { DATABASE_URL: urlAt(`127.0.0.1:${refuser.port}/docmap`) },
      { DATABASE_URL: urlAt('127.0.0.1:99999/docmap') },
      { DATABASE_URL: urlAt(`${url.host}/docmap_is_not_here`) },
      { DATABASE_URL: urlAt(`${url.host}${url.pathname}?sslmode=verify-full&sslrootcert=/nowhere`) },
      { DATABASE_URL: urlAt(`${url.host}${url.pathname}?sslmode=nonsense&host=/nowhere`) },
      { DATABASE_URL: urlAt(`${url.host}/%zz`) },
      { DATABASE_URL: `mysql://${password}` },
      { DATABASE_URL: url.href, PORT: String((holder.address() as AddressInfo).port) },
      { SECRETS_KEY: `${key}${key}` },
      { SECRETS_KEY_FALLBACKS: `${key};${key}` },
      { BOOTSTRAP_API_KEY: `${bootstrapKey}-` },
      { BOOTSTRAP_USER_ID: `${bootstrapKey} ${bootstrapKey}` },
      { ROLE: bootstrapKey },
      { DATABASE_URL: '', HOST: password },
    ];
    const output: string[] = [];
    for (const failure of failures) {
      const { code, output: lines } = await stage.startInVain(database, { ...env, ...failure });
      expect(code).toBe(1);
      expect(lines.length).toBeGreaterThan(0);
      output.push(...lines);
      if ('DATABASE_URL' in failure && failure.DATABASE_URL !== '') {
        const { stdout, stderr } = await reencryptSecrets(database, { ...env, ...failure });
        output.push(stdout, stderr);
      }
    }
    holder.close();
    await refuser.close();
    expect(leaksIn({ 'the terminal': output.join('\n') }, evidence.secrets)).toEqual([]);
  });

  it('when the embedded database starts for the first time: its key is in a file, not in the log', async () => {
    const database = await stage.database('embedded');
    const env = { BOOTSTRAP_API_KEY: '', LOG_LEVEL: 'trace' };
    const first = await stage.start(database, env);
    const file = join(database.env.DATA_DIR ?? '', 'first-api-key');
    const key = evidence.secret('the first key', (await readFile(file, 'utf8')).trim());
    expect((await ask(first, 'GET', '/v1/webhooks', { key })).status).toBe(200);
    await first.kill('SIGTERM');
    const second = await stage.start(database, env);
    expect((await ask(second, 'GET', '/v1/webhooks', { key })).status).toBe(200);
    await second.kill('SIGTERM');
    const log = [...first.output, ...second.output].join('\n');
    expect(log).toContain('"route":"GET /v1/webhooks"');
    expect(first.output.filter((line) => line.includes(file))).toEqual([
      expect.stringContaining(`No API key existed. One for uid_local, with all scopes, is in ${file}.`),
    ]);
    expect(leaksIn({ 'the log': log, 'an answer': evidence.answers.join('\n') }, evidence.secrets)).toEqual([]);
    // The files of the database do not contain it either.
    await rm(file);
    await writeFile(join(database.env.DATA_DIR ?? '', 'log'), log);
    for (const form of formsOf(key)) {
      const found = await run('grep', ['-rlF', '--', form, database.env.DATA_DIR ?? '']).catch(() => ({ stdout: '' }));
      expect(found.stdout).toBe('');
    }
  });

  it('when it starts on a terminal: its key is shown there only', async () => {
    const database = await stage.database('embedded');
    const env = { BOOTSTRAP_API_KEY: '', LOG_LEVEL: 'trace' };
    const server = await stage.start(database, env, { launcher: TERMINAL });
    const shown = server.output.filter((line) => /^ {2}dm_live_[0-9a-f]{64}\s*$/.test(line));
    expect(shown).toHaveLength(1);
    const key = evidence.secret('the first key', shown.join().trim());
    expect((await ask(server, 'GET', '/v1/webhooks', { key })).status).toBe(200);
    const log = server.output.filter((line) => line !== shown[0]).join('\n');
    expect(leaksIn({ 'the log': log, 'an answer': evidence.answers.join('\n') }, evidence.secrets)).toEqual([]);
    expect(await readdir(database.env.DATA_DIR ?? '')).not.toContain('first-api-key');
  });

  /** The same database, with a password that its server does not require. */
  async function withPassword(database: TestDatabase): Promise<TestDatabase> {
    const url = new URL(database.env.DATABASE_URL ?? '');
    url.password = evidence.secret('the password of DATABASE_URL', `p@ss:w/rd?${newSecret()}`);
    return { ...database, env: { ...database.env, DATABASE_URL: url.href } };
  }
});

interface AskOptions {
  key?: string;
  body?: unknown;
  headers?: Record<string, string>;
  /** Whether this is the answer that shows a new secret or key. */
  shows?: boolean;
}

async function sql({ env }: TestDatabase, statement: string): Promise<Record<string, unknown>[]> {
  const session = await openSession(env.DATABASE_URL ?? '');
  try {
    return await session.query(statement);
  } finally {
    await session.close();
  }
}

/** The whole database as text. */
async function dump({ env }: TestDatabase): Promise<string> {
  const session = await openSession(env.DATABASE_URL ?? '');
  try {
    const tables = await session.query<{ name: string }>(
      `SELECT oid::regclass::text AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
    );
    const texts: string[] = [];
    for (const { name } of tables) {
      const rows = await session.query<{ text: string }>(`SELECT line::text AS text FROM ${name} line`);
      texts.push(name, ...rows.map(({ text }) => text));
    }
    return texts.join('\n');
  } finally {
    await session.close();
  }
}

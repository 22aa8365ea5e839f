import { writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../../support/app.js';
import { BOOTSTRAP_KEY } from '../../support/bootstrap-key.js';
import { Cli, type CliResult } from '../../support/cli.js';
import { Receiver } from '../../support/receiver.js';

/** Lists webhooks of a server that answers in some way. */
async function against(cli: Cli, answer: RequestListener): Promise<CliResult> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    return await cli.run(['webhooks'], { env: { DOCMAP_URL: url, DOCMAP_API_KEY: BOOTSTRAP_KEY } });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe('The command line', () => {
  let app: TestApp;
  let cli: Cli;
  let receiver: Receiver;
  let webhook: { id: string; secret: string };

  beforeAll(async () => {
    [app, cli, receiver] = [await startApp(), await Cli.create(), await Receiver.start()];
  });

  afterAll(async () => {
    await app.close();
    await receiver.close();
    await cli.remove();
  });

  const run = (args: string[], input?: string): Promise<CliResult> =>
    cli.run(args, {
      env: { DOCMAP_URL: app.url, DOCMAP_API_KEY: BOOTSTRAP_KEY },
      ...(input === undefined ? {} : { input }),
    });

  /** The data that a command prints with `--json`. */
  async function json(...args: string[]) {
    const { code, stdout, stderr } = await run([...args, '--json']);
    if (code !== 0) throw new Error(stderr);
    // oxlint-disable-next-line typescript/no-explicit-any -- tests assert the form
    return JSON.parse(stdout) as { data: any };
  }

  it('creates, shows, lists and changes webhooks', async () => {
    const { data } = await json(
      'webhooks',
      'create',
      receiver.url,
      '--events',
      'extraction.*',
      '--description',
      'Mine',
    );
    webhook = { id: data.webhook.id, secret: data.secret };
    expect(data).toMatchObject({ secret: expect.stringMatching(/^[0-9a-f]{64}$/), webhook: { url: receiver.url } });
    const list = await run(['webhooks']);
    expect(list.stdout).toMatch(
      new RegExp(`^ID +STATE +EVENTS +URL +CREATED\n${webhook.id} +active +extraction\\.\\* +`),
    );
    const shown = await run(['webhooks', 'show', webhook.id]);
    expect(shown.stdout).toMatch(/^description +Mine$/m);
    expect(shown.stdout).not.toContain(webhook.secret);
    await json('webhooks', 'disable', webhook.id);
    expect((await run(['webhooks'])).stdout).toMatch(/^No webhooks/);
    expect((await json('webhooks', '--all')).data).toHaveLength(1);
    await json('webhooks', 'enable', webhook.id);
    const rotated = await run(['webhooks', 'rotate-secret', webhook.id, '--overlap', '0']);
    webhook.secret = /^secret +(\w+)$/m.exec(rotated.stdout)?.[1] ?? '';
    expect(rotated.stderr).toMatch(/shown only now[^]*\nThe previous secret or key no longer signs\.\n$/);
  });

  it('says until when a rotated secret signs', async () => {
    const other = (await json('webhooks', 'create', receiver.url, '--events', 'webhook.failing')).data.webhook.id;
    const startOfRotation = Date.now();
    for (const [seconds, args] of [
      [86_400, []],
      [60, ['--overlap', '60']],
    ] as const) {
      const { stderr } = await run(['webhooks', 'rotate-secret', other, ...args]);
      const end = Date.parse(/signs too until (\S+): change your receiver/.exec(stderr)?.[1] ?? '') - seconds * 1_000;
      expect(end).toBeGreaterThanOrEqual(startOfRotation - 1_000);
      expect(end).toBeLessThanOrEqual(Date.now() + 1_000);
    }
    await run(['webhooks', 'delete', other, '--yes']);
  });

  it('publishes a sample, and the receiver can verify it', async () => {
    const { stdout } = await run([
      'trigger',
      'extraction.completed',
      '--set',
      'data.pages=7',
      '--extraction',
      'extract-cli',
    ]);
    expect(stdout).toMatch(
      /^Published extraction\.completed of extract-cli as [\w-]+: queued for 1 webhook of uid_local\.\n$/,
    );
    const [request] = await receiver.received(1);
    expect(JSON.parse(request?.body ?? '')).toMatchObject({ data: { id: 'extract-cli', pages: 7, confidence: 0.98 } });
    const head = Object.entries(request?.headers ?? {}).map(([name, value]) => `${name}: ${String(value)}`);
    const raw = `POST /webhooks/docmap HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n${request?.body}`;
    const valid = await run(['verify', '--secret', webhook.secret], raw);
    expect(valid).toMatchObject({ code: 0, stdout: expect.stringMatching(/The request is valid\.\n$/) });
    const withoutLength = raw.replace(/^content-length: .*\r\n/m, '');
    const changed = await run(['verify', '--secret', webhook.secret], `${withoutLength}\n`);
    expect(changed.code).toBe(1);
    expect(changed.stdout).toMatch(/FAILED {2}signature .*\n\nA line break was added/);
    const parts = head.flatMap((each) => ['--header', each]);
    expect((await run(['verify', ...parts, '--secret', webhook.secret], request?.body)).code).toBe(0);
  });

  it('publishes a file with all digits of its numbers, and one as a receiver got it', async () => {
    const file = join(cli.configFolder, 'data.json');
    await writeFile(file, '{"total": 9007199254740993, "price": 12.50}');
    await run(['trigger', 'extraction.completed', '--from', file]);
    const [, second] = await receiver.received(2);
    expect(second?.body).toContain('"total": 9007199254740993, "price": 12.50');
    await run(['trigger', 'extraction.failed', '--from', '-'], second?.body);
    const [, , third] = await receiver.received(3);
    expect(JSON.parse(third?.body ?? '')).toMatchObject({ type: 'extraction.failed', data: { price: 12.5 } });
  });

  it('lists the attempts, shows one, and sends it again', async () => {
    await app.api.log(3);
    const { data } = await json('deliveries', '--limit', '2', '--event', 'extraction.completed');
    expect(data).toHaveLength(2);
    const list = await run(['deliveries']);
    expect(list.stdout).toMatch(/^TIME +EVENT +EXTRACTION +RESULT +MS +ATTEMPT +RECORD\n/);
    const shown = await run(['deliveries', data[0].id]);
    expect(shown.stdout).toMatch(/Request\n[^]*webhook-signature: v1,[^]*Response\n/);
    const resent = await run(['resend', data[0].id, data[1].id]);
    expect(resent.stdout).toBe('Queued 2 deliveries.\n');
    await receiver.received(5);
  });

  it('verifies the request of a record as it was sent', async () => {
    const { data } = await json('deliveries', '--limit', '1', '--event', 'extraction.completed');
    const valid = await run(['verify', '--record', data[0].id, '--secret', webhook.secret]);
    expect(valid).toMatchObject({ code: 0, stdout: expect.stringMatching(/The request is valid\.\n$/) });
    const wrong = await run(['verify', '--record', data[0].id, '--secret', 'f'.repeat(64)]);
    expect(wrong).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/\n\nThe request is as it was sent: the secret/),
    });
    const unknown = await run(['verify', '--record', 'x', '--secret', webhook.secret]);
    expect(unknown).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/record/) });
    const both = await run(['verify', '--record', data[0].id, '--body', '-', '--secret', webhook.secret]);
    expect(both).toMatchObject({ code: 2, stderr: expect.stringMatching(/whole request/) });
  });

  it('follows the attempts until it is stopped', async () => {
    const env = { DOCMAP_URL: app.url, DOCMAP_API_KEY: BOOTSTRAP_KEY };
    const following = cli.start(['deliveries', '--follow', '--json'], { env });
    await following.printed(/Waiting for attempts/);
    await app.api.log(5);
    await run(['webhooks', 'test', webhook.id]);
    await following.printed(/"event":"webhook.test"/);
    following.stop();
    expect((await following.ended).code).toBe(0);
  });

  it('counts the events of a recovery, and queues them', async () => {
    const since = ['--since', '2020-01-01T00:00:00Z'];
    expect((await run(['recover', webhook.id, ...since, '--dry-run', '--all'])).stdout).toMatch(/^3 events, from /);
    const refused = await run(['recover', webhook.id, ...since]);
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/Nothing is queued: 0 events wait for --yes/),
    });
    const done = await run(['recover', webhook.id, ...since, '--all', '--yes', '--wait']);
    expect(done.stdout).toMatch(/: completed, 3 events queued\.\n$/);
  });

  it('deletes a webhook only with a confirmation', async () => {
    expect(await run(['webhooks', 'delete', webhook.id])).toMatchObject({
      code: 1,
      stderr: 'Nothing is deleted: add --yes.\n',
    });
    expect(await run(['webhooks', 'delete', webhook.id, '--yes'])).toMatchObject({ code: 0, stdout: 'Deleted.\n' });
    const { stdout, stderr } = await run(['trigger', 'extraction.completed']);
    expect(stdout).toMatch(/queued for 0 webhooks/);
    expect(stderr).toMatch(/No active webhook of this user subscribes/);
  });

  it.each<[string, string[], number, RegExp]>([
    ['an unknown command', ['trriger'], 2, /unknown command 'trriger'[^]*trigger/],
    ['an unknown option', ['webhooks', '--alll'], 2, /unknown option '--alll'/],
    [
      'an unknown event type',
      ['trigger', 'extraction.complete'],
      2,
      /^There is no event type extraction\.complete\. Did you mean extraction\.completed\? Types: extraction\.completed, extraction\.failed\.\n$/,
    ],
    ['the type of test events', ['trigger', 'webhook.test'], 2, /^"docmap-webhooks webhooks test <webhook-id>" sends /],
    [
      'an event type of the service',
      ['trigger', 'webhook.failing'],
      2,
      /^Only the service itself publishes webhook\.f/,
    ],
    ['a limit that is no number', ['deliveries', '--limit', 'x'], 2, /--limit must be a whole number from 1 to 1000/],
    [
      'an overlap that is no number',
      ['webhooks', 'rotate-secret', 'a', '--overlap', '1d'],
      2,
      /--overlap must be a whole/,
    ],
    ['an unknown id', ['webhooks', 'show', 'webhook-1'], 1, /webhook/],
    ['a file that is missing', ['trigger', 'extraction.completed', '--from', '/nowhere'], 2, /\/nowhere can't be read/],
    ['no secret', ['verify'], 2, /--secret or DOCMAP_WEBHOOK_SECRET/],
    ['a wrong key', ['webhooks', '--key', `dm_live_${'0'.repeat(64)}`], 1, /does not know the key/],
  ])('explains %s', async (_name, args, code, message) => {
    const result = await run(args);
    expect(result.stderr).toMatch(message);
    expect(result).toMatchObject({ code, stdout: '' });
  });

  it('prints errors as JSON for programs', async () => {
    const { code, stderr } = await run(['webhooks', 'show', 'webhook-1', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stderr)).toEqual({ error: { code: 'NOT_FOUND', message: expect.any(String) } });
    const wrong = await run(['webhooks', 'show', '--json']);
    expect(wrong.code).toBe(2);
    expect(JSON.parse(wrong.stderr)).toEqual({
      error: { code: 'USAGE', message: "missing required argument 'webhook-id'" },
    });
  });

  it('needs a key, and says where it comes from', async () => {
    expect(await cli.run(['webhooks'], { env: { DOCMAP_URL: app.url } })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/DOCMAP_API_KEY/),
    });
  });

  describe('with a server that is none of ours', () => {
    it.each<[string, RequestListener]>([
      ['a page', (_request, response) => response.end('<html></html>')],
      ['a redirect', (_request, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
      ['an error of a proxy', (_request, response) => response.writeHead(502).end('Bad gateway')],
    ])('explains %s', async (_name, answer) => {
      const { code, stderr } = await against(cli, answer);
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringMatching(/without an answer of DocMap Webhooks/),
      });
    });

    it('explains that nothing listens', async () => {
      const result = await cli.run(['webhooks'], { env: { DOCMAP_URL: 'http://127.0.0.1:1', DOCMAP_API_KEY: 'x' } });
      expect(result).toMatchObject({ code: 1, stderr: expect.stringMatching(/127\.0\.0\.1:1 does not respond: /) });
    });
  });
});

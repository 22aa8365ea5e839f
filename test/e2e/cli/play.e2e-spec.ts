import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { newWebhookKeyPair, signWebhook } from '../../../src/verify/index.js';
import { Cli, type RunningCli } from '../../support/cli.js';

const SECRET = '0123456789abcdef'.repeat(4);
const EVENT = { type: 'extraction.completed', data: { id: 'extract-1' } };

const post = (url: string, secret: string | string[] = SECRET, id = 'msg_1') =>
  fetch(url, { method: 'POST', ...signWebhook(EVENT, secret, { id }) });

describe('docmap-webhooks play', () => {
  let cli: Cli;
  let running: RunningCli | undefined;

  beforeAll(async () => {
    cli = await Cli.create();
  });

  afterEach(async () => {
    if (!running) return;
    running.stop();
    const { code, stderr } = await running.ended;
    running = undefined;
    if (code !== 0) throw new Error(stderr);
  });

  afterAll(() => cli.remove());

  async function play(...args: string[]): Promise<string> {
    running = cli.start(['play', '--port', '0', ...args]);
    const output = await running.printed(/Listening at (\S+)\. /);
    return /Listening at (\S+)\. /.exec(output)?.[1] ?? '';
  }

  it('shows requests with a verdict, and has a history', async () => {
    const url = await play('--secret', SECRET);
    expect((await post(`${url}/hook`)).status).toBe(204);
    expect((await post(`${url}/hook`, 'f'.repeat(64))).status).toBe(204);
    expect((await fetch(url, { method: 'POST', body: 'x' })).status).toBe(204);
    const lines = await running?.printed(/missing-header/);
    expect(lines).toMatch(/POST {2}\/hook {2}extraction\.completed {2}attempt 1 {2}signature valid {2}-> 204/);
    expect(lines).toMatch(/signature no-matching-signature {2}-> 204/);
    const history = async (method: string) =>
      (await (await fetch(`${url}/history`, { method })).json()) as { data: object[] };
    expect((await history('GET')).data).toMatchObject([
      { method: 'POST', path: '/hook', signature: 'valid', status: 204, body: expect.stringContaining('extract-1') },
      { signature: 'no-matching-signature' },
      { signature: 'missing-header', body: 'x' },
    ]);
    expect((await history('DELETE')).data).toEqual([]);
  });

  it('answers as its options and the URL tell it', async () => {
    const url = await play('--status', '503', '--retry-after', '30');
    const usual = await post(url);
    expect([usual.status, usual.headers.get('retry-after')]).toEqual([503, '30']);
    const chosen = await post(`${url}/hook?status=410&retryAfter=0`);
    expect([chosen.status, chosen.headers.get('retry-after')]).toEqual([410, '0']);
    const failing = async (id: string) => (await post(`${url}/x?status=200&failFirst=2`, SECRET, id)).status;
    expect([await failing('msg_2'), await failing('msg_2'), await failing('msg_2')]).toEqual([500, 500, 200]);
    const begun = performance.now();
    await post(`${url}/hook?delay=100`);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(95);
  });

  it.each([
    ['status=abc', 'status must be a whole number from 200 to 599, not abc'],
    ['status=42', 'status must be a whole number from 200 to 599, not 42'],
    ['delay=', 'delay must be a whole number from 0 to 600000, not '],
    ['failFirst=1&retryAfter=1.5', 'retryAfter must be a whole number from 0 to 86400, not 1.5'],
  ])('answers 400 to a URL with %s, and says why', async (query, expected) => {
    const url = await play();
    const refused = await post(`${url}/hook?${query}`);
    expect([refused.status, await refused.text()]).toEqual([400, `${expected}\n`]);
    expect(await running?.printed(/must be/)).toMatch(/ -> 400$/m);
  });

  it('takes the event from the body without x-docmap-event', async () => {
    const url = await play();
    await fetch(url, { method: 'POST', body: JSON.stringify(EVENT) });
    await fetch(url, { method: 'POST', body: '{"type":1}' });
    const lines = await running?.printed(/-> 204[^]*-> 204/);
    expect(lines).toMatch(/^\S+ {2}POST {2}\/ {2}extraction\.completed {2}/m);
    expect(lines).toMatch(/^\S+ {2}POST {2}\/ {2}- {2}/m);
  });

  it('verifies Ed25519 signatures and one of several secrets, and prints JSON', async () => {
    const { publicKey, privateKey } = newWebhookKeyPair();
    const url = await play('--secret', `${SECRET},${publicKey}`, '--json');
    await post(url);
    await post(url, privateKey);
    const output = (await running?.printed(/"attempt"|"status":204[^]*"status":204/)) ?? '';
    const records = output.split('\n').filter((line) => line.startsWith('{'));
    expect(records.map((line) => (JSON.parse(line) as { signature: string }).signature)).toEqual(['valid', 'valid']);
  });

  it('refuses a body above 1 MiB, and goes on', async () => {
    const url = await play();
    const large = await fetch(url, { method: 'POST', body: 'x'.repeat(1_100_000) }).catch(() => undefined);
    expect([413, undefined]).toContain(large?.status);
    expect((await post(url)).status).toBe(204);
  });

  it.each([
    ['a malformed key', ['--secret', 'whpk_x'], /whpk_ and the base64 of 32 bytes/],
    ['a status out of range', ['--status', '99'], /--status must be a whole number from 200 to 599/],
    ['an address that is not of this machine', ['--host', '192.0.2.1'], /192\.0\.2\.1:4000 can't be used/],
  ])('explains %s', async (_name, args, expected) => {
    const { code, stderr } = await cli.run(['play', ...args]);
    expect(stderr).toMatch(expected);
    expect(code).not.toBe(0);
  });
});

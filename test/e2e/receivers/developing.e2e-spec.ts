import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { bodySignature } from '../../../src/verify/signatures.js';
import { startApp, type TestApp } from '../../support/app.js';
import { BOOTSTRAP_KEY } from '../../support/bootstrap-key.js';
import { Receiver } from '../../support/receiver.js';
import { SAMPLES, SECRET } from './support/cases.js';
import { documentText, EXAMPLES } from './support/examples.js';
import { describeWith } from './support/languages.js';
import { RECEIVERS, type RunningReceiver } from './support/running-receivers.js';

const describeWithCurl = describeWith('curl');
const describeWithOpenssl = describeWith('openssl');

const run = promisify(execFile);
const PAGE = documentText('receivers/developing.md');

/** The command in a section of the page. */
function commandIn(heading: string, start: string): string {
  const section = PAGE.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  const commands = [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, command = '']) => command);
  const found = commands.find((command) => command.includes(start));
  if (found === undefined) throw new Error(`"${heading}" has no command with ${start}`);
  return found;
}

const [, ...SETTINGS] = /^(\w+=\S+) (\w+=\S+) (\w+=\S+) npm start$/m.exec(PAGE) ?? [];

describeWithCurl('docs/receivers/developing.md', () => {
  let service: TestApp;
  let receiver: RunningReceiver | undefined;

  beforeEach(async () => {
    const settings = Object.fromEntries(SETTINGS.map((setting) => setting.split('='))) as Record<string, string>;
    service = await startApp({ env: { WEBHOOK_REQUIRE_HTTPS: 'true', WEBHOOK_ALLOWED_NETWORKS: '', ...settings } });
  });

  afterEach(async () => {
    await service.close();
    await receiver?.stop();
    receiver = undefined;
  });

  /** Runs a command of the page unchanged, except for the port of its receiver. */
  async function runShell(heading: string, start: string, variables: Record<string, string> = {}): Promise<string> {
    const port = receiver === undefined ? '4000' : new URL(receiver.url).port;
    const command = commandIn(heading, start).replace('127.0.0.1:4000', `127.0.0.1:${port}`);
    const env = { PATH: process.env.PATH, API: service.url, KEY: BOOTSTRAP_KEY, ...variables };
    return (await run('sh', ['-c', command], { env, cwd: EXAMPLES })).stdout;
  }

  const runCommand = async (...command: Parameters<typeof runShell>) => JSON.parse(await runShell(...command)).data;

  it('has settings and commands that register, test, publish, read the log, resend and change the URL', async () => {
    const { secret, webhook } = await runCommand('Run the service on your machine', 'POST "$API/v1/webhooks"');
    receiver = await RECEIVERS.Express(secret);
    const variables = { WEBHOOK_ID: webhook.id as string };
    await service.api.patch(`/v1/webhooks/${webhook.id}`, { url: receiver.url });

    await runCommand('Ask for a test event', '/test"', variables);
    await service.api.log(1);
    await runCommand('Publish an event', '/v1/events"', variables);
    await service.api.log(2);
    const [record] = await runCommand('Resend an event', 'limit=1', variables);
    expect(record).toMatchObject({ event: 'extraction.failed', extractionId: 'extract-uvw456', status: 'success' });
    await runCommand('Resend an event', '/resend"', { ...variables, RECORD_ID: record.id });
    await service.api.log(3);

    const [test, failed, resent] = await receiver.kept();
    expect(test?.[1]).toMatchObject({ type: 'webhook.test' });
    expect(failed?.[1]).toMatchObject({ type: 'extraction.failed', data: { id: 'extract-uvw456' } });
    expect(resent).toEqual(failed);

    expect(await runCommand('Use a tunnel', 'PATCH', variables)).toMatchObject({
      id: webhook.id,
      url: 'https://your-tunnel.example.com/webhooks/docmap',
    });
  });

  describeWithOpenssl('has a script', () => {
    it('that sends requests which receivers accept, with the right secret only', async () => {
      receiver = await RECEIVERS.Express(SECRET);
      expect(await runShell('Send yourself a signed request', 'send-signed.sh http', { SECRET })).toMatch(
        /^HTTP.* 204/,
      );
      const other = { SECRET: 'f'.repeat(64) };
      expect(await runShell('Send yourself a signed request', 'send-signed.sh http', other)).toMatch(/^HTTP.* 401/);
      expect(await receiver.kept()).toEqual([
        [expect.stringMatching(/^msg_/), expect.objectContaining({ type: 'extraction.completed' })],
      ]);
    });

    it('that signs the body alone as well', async () => {
      const capturing = await Receiver.start();
      const body = SAMPLES[0]?.body ?? '';
      await run('sh', ['send-signed.sh', capturing.url, SECRET, body], { cwd: EXAMPLES });
      const [request] = await capturing.received(1);
      expect(request?.body).toBe(body);
      expect(request?.headers['x-docmap-signature']).toBe(bodySignature(body, [SECRET]));
      await capturing.close();
    });
  });
});

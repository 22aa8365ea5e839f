import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../../support/app.js';
import { BOOTSTRAP_KEY } from '../../support/bootstrap-key.js';
import { Cli, type RunningCli } from '../../support/cli.js';
import { Receiver } from '../../support/receiver.js';

describe('docmap-webhooks listen', () => {
  let app: TestApp;
  let cli: Cli;
  let receiver: Receiver | undefined;
  let running: RunningCli | undefined;

  beforeAll(async () => {
    [app, cli] = [await startApp(), await Cli.create()];
  });

  afterEach(async () => {
    running?.stop();
    await running?.ended;
    await receiver?.close();
    running = receiver = undefined;
  });

  afterAll(async () => {
    await app.close();
    await cli.remove();
  });

  const env = () => ({ DOCMAP_URL: app.url, DOCMAP_API_KEY: BOOTSTRAP_KEY });

  async function listen(url: string): Promise<RunningCli> {
    running = cli.start(['listen', '--forward-to', url], { env: env() });
    await running.printed(/Listening to /);
    return running;
  }

  it.each([401, 403])('explains the answer %i of a receiver once', async (status) => {
    receiver = await Receiver.start((_request, response) => response.writeHead(status).end());
    const listening = await listen(receiver.url);
    await cli.run(['trigger', 'extraction.completed'], { env: env() });
    await cli.run(['trigger', 'extraction.failed'], { env: env() });
    const output = await listening.printed(new RegExp(`extraction\\.failed .* ${status} `));
    expect(output.split('does not know this signing secret')).toHaveLength(2);
    expect(output).toMatch(new RegExp(`^HTTP ${status}: .*--secret\\.$`, 'm'));
  });

  it('explains no other failure', async () => {
    receiver = await Receiver.start((_request, response) => response.writeHead(500).end());
    const listening = await listen(receiver.url);
    await cli.run(['trigger', 'extraction.completed'], { env: env() });
    expect(await listening.printed(/ 500 /)).not.toContain('does not know');
  });

  it('warns when the receiver is the server', async () => {
    const { port } = new URL(app.url);
    expect(await (await listen(`http://localhost:${port}/hook`)).printed(/./)).toMatch(/hook is the server itself: /);
  });

  it('takes another port of the same machine without a warning', async () => {
    receiver = await Receiver.start();
    expect(await (await listen(receiver.url)).printed(/./)).not.toContain('server itself');
  });
});

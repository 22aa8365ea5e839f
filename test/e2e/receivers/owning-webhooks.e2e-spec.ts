import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';
import { newSubscriber, type Subscriber } from '../support/subscriber.js';
import { documentText } from './support/examples.js';
import { describeWith } from './support/languages.js';

const run = promisify(execFile);

describeWith('curl')('The commands of docs/owning-webhooks.md', () => {
  let service: TestApp;
  let receiver: Receiver;
  let owner: Subscriber;
  let recordId: string;
  let recoveryId: string;

  beforeAll(async () => {
    service = await startApp({ env: { RETRY_SCHEDULE: '0s,1h' } });
    receiver = await Receiver.start((_request, response) => response.writeHead(500).end());
    owner = await newSubscriber(service, receiver.url);
    await owner.publish();
    const [record] = await owner.api.log(1);
    recordId = String(record?.id);
    const since = '2025-01-20T00:00:00Z';
    const recovery = await owner.api.post(`/v1/webhooks/${owner.webhookId}/recover`, { since });
    recoveryId = String(recovery.body.data.id);
  });

  afterAll(async () => {
    await service.close();
    await receiver.close();
  });

  // The commands of a list are indented.
  const blocks = documentText('owning-webhooks.md').matchAll(/^ *```sh\n([^]*?)^ *```$/gm);
  const commands = [...blocks].map(([, command = '']) => command);

  it('are found', () => {
    expect(commands).toHaveLength(23);
  });

  it.each(commands)('get an answer with data: %s', async (command) => {
    const env = {
      PATH: process.env.PATH,
      API: service.url,
      KEY: owner.api.key,
      WEBHOOK_ID: owner.webhookId,
      RECORD_ID: recordId,
      RECOVERY_ID: recoveryId,
    };
    const { stdout } = await run('bash', ['-e', '-c', command.replaceAll('curl ', 'curl -sS ')], { env });
    expect(JSON.parse(stdout)).toEqual(expect.objectContaining({ data: expect.anything() }));
  });
});

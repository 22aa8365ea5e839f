import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';
import { canRun, LANGUAGES, runExample, type ExampleLanguage } from '../../support/run-example.js';

const languages = Object.keys(LANGUAGES) as ExampleLanguage[];
const runnable = new Map<ExampleLanguage, boolean>();
for (const language of languages) runnable.set(language, await canRun(language));

/** A machine without the language skips its example. Continuous integration requires all of them. */
const describeIn = (language: ExampleLanguage) => (runnable.get(language) || process.env.CI ? describe : describe.skip);

describe('The examples of "create webhook", run as they stand', () => {
  const EVENTS = ['extraction.completed', 'extraction.failed'];
  let service: TestApp;

  beforeAll(async () => {
    // As in production: the examples register an https URL. Nothing is published here, so nothing is sent to it.
    service = await startApp({ env: { WEBHOOK_REQUIRE_HTTPS: 'true' } });
  });

  afterAll(async () => {
    await service.close();
  });

  async function expectRegistered(id: unknown): Promise<void> {
    const { body } = await service.api.get('/v1/webhooks');
    expect(body.data).toContainEqual(
      expect.objectContaining({ id, url: 'https://your-app.com/webhooks/docmap', events: EVENTS, active: true }),
    );
  }

  describeIn('curl')('curl', () => {
    it('prints the answer with the secret and the webhook', async () => {
      const { data } = JSON.parse(await runExample('create-webhook', 'curl', service.url));
      expect(data.secret).toMatch(/^[0-9a-f]{64}$/);
      await expectRegistered(data.webhook.id);
    });
  });

  for (const language of ['TypeScript', 'Python'] as const) {
    describeIn(language)(language, () => {
      it('prints the signing secret and the id of the webhook it registered', async () => {
        const output = await runExample('create-webhook', language, service.url);
        expect(output).toMatch(/^Signing Secret: [0-9a-f]{64}\nWebhook ID: webhook-[0-9a-f]{32}\n$/);
        await expectRegistered(/Webhook ID: (.*)/.exec(output)?.[1]);
      });
    });
  }
});

describe('The examples of "list deliveries", run as they stand', () => {
  let service: TestApp;
  let receiver: Receiver;
  /** The ten newest records, as the API lists them. */
  let newest: { event: string; url: string; status: string; durationMs: number }[];

  beforeAll(async () => {
    service = await startApp({ env: { RETRY_SCHEDULE: '0s' } });
    receiver = await Receiver.start((request, response) => {
      response.writeHead(request.headers['x-docmap-event'] === 'extraction.failed' ? 500 : 200).end();
    });
    await service.api.createWebhook(receiver.url);
    // More than the ten that the examples ask for, and both outcomes among the newest.
    for (let count = 1; count <= 12; count += 1) {
      await service.api.publish({ event: count === 11 ? 'extraction.failed' : 'extraction.completed' });
      await service.api.log(count);
    }
    newest = (await service.api.get('/v1/webhooks/deliveries?limit=10')).body.data;
  });

  afterAll(async () => {
    await service.close();
    await receiver.close();
  });

  it('have a success and a failure to show', () => {
    expect(newest.map(({ status }) => status)).toEqual(['success', 'failed', ...Array(8).fill('success')]);
  });

  describeIn('curl')('curl', () => {
    it('prints the ten newest records', async () => {
      const { data } = JSON.parse(await runExample('list-deliveries', 'curl', service.url));
      expect(data).toEqual(newest);
    });
  });

  describeIn('TypeScript')('TypeScript', () => {
    it('prints a line for each of the ten newest records', async () => {
      const lines = newest.map(
        ({ event, url, status, durationMs }) => `${event} → ${url} — ${status} (${durationMs}ms)\n`,
      );
      expect(await runExample('list-deliveries', 'TypeScript', service.url)).toBe(lines.join(''));
    });
  });

  describeIn('Python')('Python', () => {
    it('prints a line for each of the ten newest records', async () => {
      const lines = newest.map(({ event, url, status, durationMs }) => `${event}${url}${status} (${durationMs}ms)\n`);
      expect(await runExample('list-deliveries', 'Python', service.url)).toBe(lines.join(''));
    });
  });
});

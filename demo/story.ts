import { freePort } from '../test/support/free-port.js';
import { Api } from './api.js';
import { bold, check, say, showJson, showPairs, showTable, step } from './print.js';
import { Receiver, type Arrival } from './receiver.js';
import { KEY, USER, type CreatedWebhook, type Scene } from './scene.js';
import { Server } from './server.js';
import { crash, retry } from './trouble.js';
import { verify, verifyTampered } from './verify.js';

/** The log's record of one attempt, as the API returns it. */
interface LogRecord {
  id: string;
  event: string;
  extractionId: string;
  url: string;
  status: string;
  httpStatus: number | null;
  deliveryId: string;
  attempt: number;
  trigger: string;
}

/** Runs the service, prints each step and throws at the first unexpected result. */
export async function tellStory(directory: string): Promise<void> {
  console.log(bold('DocMap Webhooks: from a registered webhook to a delivery that survives a crash'));
  const scene = await startService(directory);
  const { api } = scene;

  const receiver = await Receiver.start();
  const { secret, webhook } = await createWebhook(api, receiver);
  const arrival = await publish(api, receiver);
  verifySignatures(arrival, secret);

  const shaky = await Receiver.start();
  await retry(api, receiver, shaky);
  await shaky.stop();

  await testDelivery(api, receiver, webhook.id);
  await readLog(api);
  await crash(scene, receiver);

  step('Stop the service');
  check('on SIGTERM it finishes its attempts and exits with 0', await scene.server.stop(), 0);
  await receiver.stop();
  say('\nFurther reading:');
  showPairs({
    'README.md': 'run it yourself, configure it',
    'docs/receiving-webhooks.md': 'write a receiver: verify signatures, drop repeats',
    'docs/architecture.md': 'the design and its reasons',
    'npm run demo -- --trouble': 'a day on which a receiver breaks',
    'demo/story.ts': 'the code of this demo',
  });
}

/** @param changes of the settings */
export async function startService(directory: string, changes: Record<string, string> = {}): Promise<Scene> {
  step('Start the service');
  const settings: Record<string, string> = {
    HOST: '127.0.0.1',
    PORT: String(await freePort()),
    DATA_DIR: `${directory}/data`,
    BOOTSTRAP_API_KEY: KEY,
    BOOTSTRAP_USER_ID: USER,
    WEBHOOK_REQUIRE_HTTPS: 'false',
    WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8',
    RETRY_SCHEDULE: '0s,1s,1s',
    DELIVERY_TIMEOUT_MS: '2000',
    ...changes,
  };
  say('node dist/bundle/main.js, with these environment variables:');
  showPairs({ ...settings, BOOTSTRAP_API_KEY: `${KEY}   (for the demo only; shown as $KEY below)` });
  say('Without DATABASE_URL the service uses its embedded PostgreSQL, with its files in DATA_DIR.');
  say('By default a webhook must use HTTPS and a public address. The demo allows HTTP and loopback addresses,');
  say('because its receivers run on this machine. The short times only keep the demo short.');
  const server = await Server.start(settings, directory);
  check(`it is ready at ${server.url}`, await server.isReady(), true);
  return { api: new Api(server.url, KEY), directory, settings, server };
}

async function createWebhook(api: Api, receiver: Receiver): Promise<CreatedWebhook> {
  step('Create a webhook');
  const created = await api.post<CreatedWebhook>('/v1/webhooks', {
    url: receiver.url,
    events: ['extraction.completed', 'extraction.failed'],
  });
  check('the answer is 200', created.status, 200);
  const { secret, webhook } = created.body.data;
  check('the signing secret has 64 hex characters', /^[0-9a-f]{64}$/.test(secret), true);
  const again = await api.ask<object>('GET', `/v1/webhooks/${webhook.id}`);
  check('it is shown only once: GET /v1/webhooks/{id} has no secret', 'secret' in again.body.data, false);
  return created.body.data;
}

async function publish(api: Api, receiver: Receiver): Promise<Arrival> {
  step('Publish an event, as the extraction service does after an extraction');
  const published = await api.post<{ deliveries: number }>('/v1/events', {
    event: 'extraction.completed',
    userId: USER,
    extractionId: 'extract-invoice-1',
    data: { pages: 3, title: 'Rechnung über 120 €' },
  });
  check('the answer is 202: the event is on disk', published.status, 202);
  check('it is queued for one webhook', published.body.data.deliveries, 1);

  const arrival = await receiver.next();
  say('\nThe receiver gets:');
  showPairs(arrival.headers);
  say(`\n  ${arrival.body}\n`);
  const payload = JSON.parse(arrival.body) as { type: string; data: object };
  check('the body has the event type', payload.type, 'extraction.completed');
  check('and the data of the extraction', payload.data, {
    id: 'extract-invoice-1',
    pages: 3,
    title: 'Rechnung über 120 €',
  });
  return arrival;
}

function verifySignatures(arrival: Arrival, secret: string): void {
  step('Verify the signatures, as a receiver must before it trusts a request');
  verify(arrival, secret);
  step('The same check refuses a changed body');
  verifyTampered(arrival, secret);
}

async function testDelivery(api: Api, receiver: Receiver, webhookId: string): Promise<void> {
  step('Send a test event, to check a receiver without an extraction');
  const queued = await api.post<object>(`/v1/webhooks/${webhookId}/test`);
  check('the answer is 202', queued.status, 202);
  const arrival = await receiver.next();
  say(`  ${arrival.body}`);
  check('the receiver gets a webhook.test', arrival.headers['x-docmap-event'], 'webhook.test');
}

async function readLog(api: Api): Promise<void> {
  step('Read the log: one record for each attempt, newest first');
  const path = '/v1/webhooks/deliveries?limit=10';
  say(`GET ${path}`);
  const log = await api.until<LogRecord[]>(path, '5 records', (records) => records.length >= 5);
  const columns = ['event', 'extractionId', 'attempt', 'trigger', 'status', 'httpStatus'] as const;
  showTable([[...columns], ...log.map((record) => columns.map((column) => String(record[column])))]);
  say('\nThe record of the failed attempt:');
  const failed = log.filter(({ status }) => status === 'failed');
  showJson(failed[0]);
  check('five attempts', log.length, 5);
  check('one of them failed', failed.length, 1);
}

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { Webhook } from 'standardwebhooks';
import { bodySignature } from '../../src/verify/signatures.js';
import { EventTypes } from '../../src/webhooks/event-types.js';
import { eventually } from '../support/api-client.js';
import { startApp, type TestApp } from '../support/app.js';
import { Receiver, type ReceivedRequest } from '../support/receiver.js';

const { published, logged } = new EventTypes();

/** The secret of the document's examples. */
const SECRET = 'a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4e5f6a1b2';

interface Parameter {
  name: string;
  required: boolean;
  example: string;
}

interface Post {
  parameters: { $ref: string }[];
  requestBody: { content: Record<string, { schema: { $ref: string }; example: { type: string } }> };
  responses: Record<string, { description: string }>;
}

interface Document {
  webhooks: Record<string, { post: Post }>;
  components: { parameters: Record<string, Parameter>; schemas: Record<string, object> };
}

describe('The webhooks of the OpenAPI document', () => {
  let service: TestApp;
  let receiver: Receiver;
  let document: Document;

  beforeAll(async () => {
    service = await startApp();
    receiver = await Receiver.start();
    document = (await (await fetch(`${service.url}/openapi.json`)).json()) as Document;
    const { webhook } = await service.api.createWebhook(receiver.url, [...published, 'webhook.*', 'delivery.*']);
    for (const event of published) await service.api.publish({ event, data: { pages: 3 } });
    await service.api.post(`/v1/webhooks/${webhook.id}/test`);
    await breakAnother();
  });

  const sent = (type: string) =>
    eventually(
      async () => receiver.requests.find(({ headers }) => headers['x-docmap-event'] === type),
      `${type} to be sent`,
    );

  /** Makes another webhook fail, recover, and end. */
  async function breakAnother(): Promise<void> {
    let status = 500;
    const broken = await Receiver.start((_request, response) => response.writeHead(status).end());
    await service.api.createWebhook(broken.url, ['extraction.failed']);
    for (const extractionId of ['a', 'b', 'c']) await service.api.publish({ event: 'extraction.failed', extractionId });
    await sent('webhook.failing');
    await sent('delivery.exhausted');
    status = 200;
    await service.api.publish({ event: 'extraction.failed' });
    await sent('webhook.recovered');
    status = 410;
    await service.api.publish({ event: 'extraction.failed' });
    await sent('webhook.disabled');
    await broken.close();
  }

  afterAll(async () => {
    await service.close();
    await receiver.close();
  });

  function parametersOf({ parameters }: Post): Parameter[] {
    return parameters.flatMap(({ $ref }) => document.components.parameters[$ref.split('/').at(-1) ?? ''] ?? []);
  }

  /** The errors of a body by the schema; null when there are none. */
  function misfit({ requestBody }: Post, body: unknown): unknown {
    const ajv = new Ajv({ strict: false, formats: { 'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/ } });
    ajv.addSchema({ $id: 'openapi', components: document.components });
    const schema = requestBody.content['application/json']?.schema.$ref ?? '';
    const validate = ajv.compile({ $ref: `openapi${schema}` });
    validate(body);
    return validate.errors ?? null;
  }

  it('name every event that a receiver can get', () => {
    expect(Object.keys(document.webhooks)).toEqual(logged);
  });

  it.each(logged)('have the headers and the body that a receiver gets: %s', (type) => {
    const post = document.webhooks[type]?.post;
    const request = receiver.requests.find(({ headers }) => headers['x-docmap-event'] === type);
    if (!post || !request) throw new Error(`${type} is not documented, or was not sent`);

    const names = parametersOf(post).map(({ name }) => name);
    expect(ownHeadersOf(request)).toEqual(names.toSorted());
    expect(request.headers['content-type']).toBe('application/json');
    expect(misfit(post, JSON.parse(request.body))).toBeNull();
    expect(misfit(post, { ...(JSON.parse(request.body) as object), type: 'another' })).not.toBeNull();
  });

  it('show an example that the public library verifies', () => {
    const { post } = document.webhooks['extraction.completed'] ?? {};
    if (!post) throw new Error('It is not documented');
    const headers = Object.fromEntries(parametersOf(post).map(({ name, example }) => [name, example]));
    const body = JSON.stringify(post.requestBody.content['application/json']?.example);
    expect(headers['webhook-signature']).toBe(
      new Webhook(SECRET).sign(
        headers['webhook-id'] ?? '',
        new Date(Number(headers['webhook-timestamp']) * 1_000),
        body,
      ),
    );
    expect(headers['x-docmap-signature']).toBe(bodySignature(body, [SECRET]));
  });

  it('say what each response does', () => {
    for (const { post } of Object.values(document.webhooks)) {
      expect(Object.keys(post.responses).sort()).toEqual(
        ['2XX', '3XX', '410', '429', '502', '503', '504', 'default'].sort(),
      );
    }
  });
});

/** The sorted names of the headers that the service chooses. */
function ownHeadersOf({ headers }: ReceivedRequest): string[] {
  return Object.keys(headers)
    .filter((name) => /^(?:webhook-|x-|user-agent$)/.test(name))
    .toSorted();
}

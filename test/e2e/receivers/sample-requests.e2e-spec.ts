import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bodySignature, standardSignature } from '../../../src/verify/signatures.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';
import { SAMPLES, SECRET, type Sample } from './support/cases.js';

/** Headers whose values differ between requests or receivers. */
const OWN_VALUES = new Set([
  'host',
  'webhook-id',
  'webhook-timestamp',
  'webhook-signature',
  'x-docmap-signature',
  'x-docmap-delivery',
]);

const withoutOwnValues = (headers: object) =>
  Object.entries(headers).map(([name, value]) => [name, OWN_VALUES.has(name) ? '' : String(value)]);

describe('The sample requests for developers of receivers', () => {
  let service: TestApp;
  let receiver: Receiver;

  beforeAll(async () => {
    service = await startApp();
    receiver = await Receiver.start();
  });

  afterAll(async () => {
    await service.close();
    await receiver.close();
  });

  it.each(SAMPLES)('carry right signatures, ids and lengths: $name', ({ headers, body }) => {
    const id = headers['webhook-id'] ?? '';
    const timestamp = Number(headers['webhook-timestamp']);
    expect(headers).toMatchObject({
      'webhook-signature': standardSignature({ id, timestamp, body }, [SECRET]),
      'x-docmap-signature': bodySignature(body, [SECRET]),
      'x-docmap-delivery': id,
      'x-docmap-event': (JSON.parse(body) as { type: string }).type,
      'content-length': String(Buffer.byteLength(body)),
    });
  });

  it.each(SAMPLES)('have the data of the catalogue: $name', async ({ body }) => {
    const { type, data } = JSON.parse(body) as SampleEvent;
    const types = (await service.api.get('/v1/event-types')).body.data as { name: string; example: SampleEvent }[];
    expect(data).toMatchObject({ ...types.find(({ name }) => name === type)?.example.data });
  });

  it('equal the requests of the service, header by header and byte by byte', async () => {
    const { webhook } = await service.api.createWebhook(receiver.url);
    for (const [index, sample] of SAMPLES.entries()) {
      const event = JSON.parse(sample.body) as SampleEvent;
      if (event.type === 'webhook.test') await service.api.post(`/v1/webhooks/${webhook.id}/test`);
      else await service.api.publish(publicationOf(event));
      const sent = (await receiver.received(index + 1))[index];
      expect(withoutOwnValues(sent?.headers ?? {})).toEqual(withoutOwnValues(sample.headers));
      expect(sent?.body).toBe(withTimeOf(sent?.body ?? '', sample));
    }
  });
});

interface SampleEvent {
  type: string;
  timestamp: string;
  data: { id: string };
}

function publicationOf({ type, timestamp, data: { id, ...data } }: SampleEvent) {
  return { event: type, extractionId: id, occurredAt: timestamp, data };
}

/** A sample's body. The time of a test event can't be chosen and is that of the sent body. */
function withTimeOf(sentBody: string, { body }: Sample): string {
  const { type, timestamp } = JSON.parse(body) as SampleEvent;
  return type === 'webhook.test' ? body.replace(timestamp, (JSON.parse(sentBody) as SampleEvent).timestamp) : body;
}

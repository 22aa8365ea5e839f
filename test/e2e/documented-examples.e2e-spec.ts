import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deliveryIdOf, webhookUuidOf } from '../../src/common/ids.js';
import { bodySignature, standardSignature } from '../../src/verify/signatures.js';
import { startApp, type TestApp } from '../support/app.js';
import { Receiver } from '../support/receiver.js';
import { DELIVERY_ID, deliveryIdsOfText } from './support/delivery-ids.js';

const ROOT = join(import.meta.dirname, '../..');
const documents = ['.', 'docs', 'docs/receivers', 'docs/ko', 'docs/ko/receivers'].flatMap((folder) =>
  readdirSync(join(ROOT, folder)).flatMap((name) => (name.endsWith('.md') ? join(folder, name) : [])),
);
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

describe('The examples in the documents', () => {
  it.each(documents)('show delivery ids as the service makes them: %s', (path) => {
    expect(deliveryIdsOfText(read(path)).filter((id) => !DELIVERY_ID.test(id))).toEqual([]);
  });

  it('fit together in the README: ids, and signatures with the secret that is shown', () => {
    const text = read('README.md');
    const found = (pattern: RegExp): string => pattern.exec(text)?.[1] ?? '';
    const event = found(/"id": "([^"]+)",\s+"event":/);
    const webhook = webhookUuidOf(found(/"id": "(webhook-\w+)"/)) ?? '';
    const ids = deliveryIdsOfText(text);
    expect(ids.length).toBeGreaterThan(2);
    expect(new Set(ids)).toEqual(new Set([deliveryIdOf(event, webhook)]));

    const secrets = [found(/"secret": "(\w+)"/)];
    const body = found(/^(\{"type":.*\})$/m);
    const timestamp = Number(found(/'webhook-timestamp': '(\d+)'/));
    const signed = { id: ids[0] ?? '', timestamp, body };
    expect(found(/'webhook-signature': '([^']+)'/)).toBe(standardSignature(signed, secrets));
    expect(found(/'x-docmap-signature': '([^']+)'/)).toBe(bodySignature(body, secrets));
  });

  describe('of answers in the READMEs', () => {
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

    it('have the members of real answers, in their order', async () => {
      const created = await service.api.post('/v1/webhooks', {
        url: receiver.url,
        events: ['extraction.completed', 'extraction.failed'],
      });
      const published = await service.api.post('/v1/events', {
        event: 'extraction.completed',
        userId: 'uid_local',
        extractionId: 'extract-xyz789',
        data: { pages: 3 },
      });
      await service.api.log(1);
      const listed = await service.api.get('/v1/webhooks/deliveries?limit=10');
      const expected = [created, published, listed].map(({ body }) => membersOf(body));
      for (const path of ['README.md', 'README.ko.md']) {
        const samples = [...read(path).matchAll(/^```json\n(.*?)^```$/gms)].map(
          ([, text = '']) => JSON.parse(text) as unknown,
        );
        expect([path, samples.map((sample) => membersOf(sample))]).toEqual([path, expected]);
      }
    });
  });
});

/** The paths of all members of objects. */
function membersOf(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => [`${path}${name}`, ...membersOf(member, `${path}${name}.`)]);
}

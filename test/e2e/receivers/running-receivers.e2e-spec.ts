import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Webhook } from 'standardwebhooks';
import { startApp, type TestApp } from '../../support/app.js';
import { SAMPLES, SECRET } from './support/cases.js';
import { describeWith } from './support/languages.js';
import { RECEIVERS, type Start, startPhp } from './support/running-receivers.js';

const OTHER_SECRET = 'f'.repeat(64);
const BODY = SAMPLES[0]?.body ?? '';
/** Longer than the 100 kB that Express takes by default; the document promises 256 KiB at most. */
const LARGE = 'é'.repeat(120 * 1_024);

describe('A documented receiver', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp();
    Logger.overrideLogger(false);
  });

  afterAll(() => service.close());

  it.each(Object.entries(RECEIVERS))('accepts what the service sends, on %s', (_name, start) =>
    expectDeliveries(service, start),
  );

  it.each(Object.entries(RECEIVERS))('refuses requests that are not genuine or not recent, on %s', (_name, start) =>
    expectRefusals(start),
  );

  describeWith('php', 'in PHP', () => {
    it('accepts what the service sends', () => expectDeliveries(service, startPhp));

    it('refuses requests that are not genuine or not recent', () => expectRefusals(startPhp));
  });
});

/** Publishes three events, then one during a rotation that the receiver does not know of. */
async function expectDeliveries({ api }: TestApp, start: Start): Promise<void> {
  const { secret, webhook } = await api.createWebhook('http://127.0.0.1:1024/not-yet');
  const receiver = await start(secret);
  try {
    await api.patch(`/v1/webhooks/${webhook.id}`, { url: receiver.url });
    const log = (count: number) => api.log(count, `&webhookId=${webhook.id}`);
    const published = [
      { event: 'extraction.completed', extractionId: 'extract-1', data: { title: 'Résumé – 추출 완료 ✓ / "\\' } },
      { event: 'extraction.failed', extractionId: 'extract-2', data: { error: { code: 'UNREADABLE_DOCUMENT' } } },
      { event: 'extraction.completed', extractionId: 'extract-3', data: { text: LARGE } },
      { event: 'extraction.completed', extractionId: 'extract-4', data: { pages: 3 } },
    ];
    for (const [index, event] of published.entries()) {
      // The last one is signed with two secrets; the receiver knows the older one.
      if (index === 3) await api.post(`/v1/webhooks/${webhook.id}/rotate-secret`);
      await api.publish(event);
      await log(index + 1);
    }
    const records = (await log(published.length)).toReversed();
    expect(records.map(({ status, httpStatus }) => [status, httpStatus])).toEqual(
      published.map(() => ['success', 204]),
    );
    expect(await receiver.kept()).toEqual(
      published.map(({ event, extractionId, data }, index) => [
        records[index]?.deliveryId,
        { type: event, timestamp: expect.any(String), data: { id: extractionId, ...data } },
      ]),
    );
  } finally {
    await api.delete(`/v1/webhooks/${webhook.id}`);
    await receiver.stop();
  }
}

/** Sends signed requests and forgeries of them. */
async function expectRefusals(start: Start): Promise<void> {
  const receiver = await start(SECRET);
  const send = async (headers: Record<string, string>, body = BODY): Promise<number> => {
    const all = { 'content-type': 'application/json', ...headers };
    return (await fetch(receiver.url, { method: 'POST', headers: all, body })).status;
  };
  const now = Date.now();
  const genuine = signed('msg_1', SECRET, now);
  const forged = signed('msg_1', OTHER_SECRET, now);
  const twice = (first: string, second: string): string => `${first} ${second}`;
  try {
    expect({
      genuine: await send(genuine),
      'two signatures': await send({
        ...signed('msg_2', SECRET, now),
        'webhook-signature': twice(
          signed('msg_2', OTHER_SECRET, now)['webhook-signature'],
          signed('msg_2', SECRET, now)['webhook-signature'],
        ),
      }),
      'four minutes old': await send(signed('msg_3', SECRET, now - 240_000)),
      'altered body': await send(genuine, BODY.replace('"pages":3', '"pages":4')),
      'serialized again': await send(genuine, JSON.stringify(JSON.parse(BODY), null, 2)),
      'ten minutes old': await send(signed('msg_1', SECRET, now - 600_000)),
      'ten minutes ahead': await send(signed('msg_1', SECRET, now + 600_000)),
      'another secret': await send(forged),
      'two wrong signatures': await send({
        ...forged,
        'webhook-signature': twice(forged['webhook-signature'], forged['webhook-signature']),
      }),
      'another id': await send({ ...genuine, 'webhook-id': 'msg_9' }),
      'no signature': await send({}),
    }).toEqual({
      genuine: 204,
      'two signatures': 204,
      'four minutes old': 204,
      'altered body': 401,
      'serialized again': 401,
      'ten minutes old': 401,
      'ten minutes ahead': 401,
      'another secret': 401,
      'two wrong signatures': 401,
      'another id': 401,
      'no signature': 401,
    });
    const event: unknown = JSON.parse(BODY);
    expect(await receiver.kept()).toEqual(['msg_1', 'msg_2', 'msg_3'].map((id) => [id, event]));
  } finally {
    await receiver.stop();
  }
}

/** The signed headers of a request with the body, at a time in milliseconds. */
function signed(id: string, secret: string, time: number) {
  const seconds = Math.floor(time / 1_000);
  return {
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': new Webhook(secret).sign(id, new Date(seconds * 1_000), BODY),
  };
}

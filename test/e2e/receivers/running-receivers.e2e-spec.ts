import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Webhook } from 'standardwebhooks';
import { statusesOf } from '../../../docs/examples/test-receiver.js';
import { startApp, type TestApp } from '../../support/app.js';
import { BODY as FORGED_BODY, forgedWith, SAMPLES, SECRET } from './support/cases.js';
import { describeWith } from './support/languages.js';
import { RECEIVERS, type RunningReceiver, type Start, startPhp } from './support/running-receivers.js';

const describeWithPhp = describeWith('php');

const PUBLISHED = [
  { event: 'extraction.completed', extractionId: 'extract-1', data: { title: 'Résumé – 추출 완료 ✓ / "\\' } },
  { event: 'extraction.failed', extractionId: 'extract-2', data: { reason: 'The document is encrypted.' } },
  // Longer than the 100 kB that Express accepts by default; the document promises 256 KiB at most.
  { event: 'extraction.completed', extractionId: 'extract-3', data: { text: 'é'.repeat(120 * 1_024) } },
];
/** Published during a rotation: it is signed with two secrets, and the receiver knows the older one. */
const ROTATING = { event: 'extraction.completed', extractionId: 'extract-4', data: { pages: 3 } };
const ALL_PUBLISHED = [...PUBLISHED, ROTATING];

const RECEIVED = ALL_PUBLISHED.map(({ event, extractionId, data }) => ({
  type: event,
  timestamp: expect.any(String),
  data: { id: extractionId, ...data },
}));

const BODY = SAMPLES[0]?.body ?? '';

/** The signed headers of a request with the body, at a time in milliseconds. */
function signed(id: string, time: number, ...secrets: string[]) {
  const date = new Date(Math.floor(time / 1_000) * 1_000);
  return {
    'webhook-id': id,
    'webhook-timestamp': String(date.getTime() / 1_000),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, date, BODY)).join(' '),
  };
}

/** Requests at a time in milliseconds, and the expected status of each. */
function requestsAt(now: number): { name: string; status: number; headers: Record<string, string>; body?: string }[] {
  const other = 'f'.repeat(64);
  const genuine = signed('msg_1', now, SECRET);
  return [
    { name: 'genuine', status: 204, headers: genuine },
    { name: 'two signatures', status: 204, headers: signed('msg_2', now, other, SECRET) },
    { name: 'four minutes old', status: 204, headers: signed('msg_3', now - 240_000, SECRET) },
    { name: 'altered body', status: 401, headers: genuine, body: BODY.replace('"pages":3', '"pages":4') },
    { name: 'serialized again', status: 401, headers: genuine, body: JSON.stringify(JSON.parse(BODY), null, 2) },
    { name: 'ten minutes old', status: 401, headers: signed('msg_4', now - 600_000, SECRET) },
    { name: 'ten minutes ahead', status: 401, headers: signed('msg_5', now + 600_000, SECRET) },
    { name: 'another secret', status: 401, headers: signed('msg_6', now, other) },
    { name: 'two wrong signatures', status: 401, headers: signed('msg_7', now, other, other) },
    { name: 'another id', status: 401, headers: { ...genuine, 'webhook-id': 'msg_8' } },
    { name: 'no signature', status: 401, headers: {} },
  ];
}

describe('A documented receiver', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp();
    Logger.overrideLogger(false);
  });

  afterAll(() => service.close());

  afterEach(() => {
    jest.restoreAllMocks();
  });

  /** The answers in the log and the events that a receiver kept, of deliveries before and during a rotation. */
  async function deliverTo(start: Start) {
    const { secret, webhook } = await service.api.createWebhook('http://127.0.0.1:1024/not-yet');
    const receiver = await start(secret);
    try {
      await service.api.patch(`/v1/webhooks/${webhook.id}`, { url: receiver.url });
      const records = (count: number) => service.api.log(count, `&webhookId=${webhook.id}`);
      for (const [index, event] of ALL_PUBLISHED.entries()) {
        if (event === ROTATING) await service.api.post(`/v1/webhooks/${webhook.id}/rotate-secret`);
        await service.api.publish(event);
        await records(index + 1);
      }
      const log = (await records(ALL_PUBLISHED.length)).toReversed();
      const kept = await receiver.kept();
      return {
        statuses: log.map(({ httpStatus }) => httpStatus),
        areIdsRight: kept.every(([id], index) => id === log[index]?.deliveryId),
        events: kept.map(([, event]) => event),
      };
    } finally {
      await service.api.delete(`/v1/webhooks/${webhook.id}`);
      await receiver.stop();
    }
  }

  const DELIVERED = { statuses: RECEIVED.map(() => 204), areIdsRight: true, events: RECEIVED };

  it.each(Object.entries(RECEIVERS))('accepts deliveries of the service, on %s', async (_name, start) => {
    expect(await deliverTo(start)).toEqual(DELIVERED);
  });

  it.each(Object.entries(RECEIVERS))(
    'refuses requests that are not genuine and recent, on %s',
    async (_name, start) => {
      expect(await sendTo(start)).toEqual(EXPECTED);
    },
  );

  it.each(Object.entries(RECEIVERS))('does not start or answers 500 without a secret, on %s', async (_name, start) => {
    jest.spyOn(console, 'error').mockReturnValue(); // Hono prints the error.
    expect(await sendForgedTo(start)).toEqual(MISCONFIGURED);
  });

  describeWithPhp('in PHP', () => {
    it('answers 500 without a secret', async () => {
      expect(await sendForgedTo(startPhp)).toEqual(MISCONFIGURED);
    });

    it('accepts deliveries of the service', async () => {
      expect(await deliverTo(startPhp)).toEqual(DELIVERED);
    });

    it('refuses requests that are not genuine and recent', async () => {
      expect(await sendTo(startPhp)).toEqual(EXPECTED);
    });
  });
});

describe('The documented test of a receiver', () => {
  it('has the documented statuses on Express', async () => {
    const receiver = await RECEIVERS.Express(SECRET);
    try {
      expect(await statusesOf(receiver.url, SECRET)).toEqual([204, 401, 401]);
      expect(await statusesOf(receiver.url, 'f'.repeat(64))).toEqual([401, 401, 401]);
    } finally {
      await receiver.stop();
    }
  });
});

const EXPECTED = {
  answers: requestsAt(0).map(({ name, status }) => ({ name, status })),
  kept: ['msg_1', 'msg_2', 'msg_3'].map((id) => [id, JSON.parse(BODY) as unknown]),
};

const MISCONFIGURED = { status: 500, kept: [] };

/** The answer of a receiver whose secret is empty to a request that is signed with no key. */
async function sendForgedTo(start: Start) {
  let receiver: RunningReceiver;
  try {
    receiver = await start('');
  } catch (error) {
    expect(error).toEqual(expect.objectContaining({ message: expect.stringMatching(/secret/i) }));
    return MISCONFIGURED;
  }
  try {
    const headers = { 'content-type': 'application/json', ...forgedWith('', Math.floor(Date.now() / 1_000)) };
    const { status } = await fetch(receiver.url, { method: 'POST', headers, body: FORGED_BODY });
    return { status, kept: await receiver.kept() };
  } finally {
    await receiver.stop();
  }
}

/** The answers to genuine and other requests, and the events that a receiver kept. */
async function sendTo(start: Start) {
  const receiver = await start(SECRET);
  try {
    const answers: { name: string; status: number }[] = [];
    for (const { name, headers: own, body = BODY } of requestsAt(Date.now())) {
      const headers = { 'content-type': 'application/json', ...own };
      answers.push({ name, status: (await fetch(receiver.url, { method: 'POST', headers, body })).status });
    }
    return { answers, kept: await receiver.kept() };
  } finally {
    await receiver.stop();
  }
}

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';

const DEADLINE_MS = 1_000;
/** A timer counts from the loop's last reading of the clock, which can be a little earlier. */
const TIMER_LEEWAY_MS = 100;

describe('List deliveries: an endpoint that does not answer in time', () => {
  let service: TestApp;
  let receiver: Receiver;

  beforeAll(async () => {
    service = await startApp({ env: { RETRY_SCHEDULE: '0s', DELIVERY_TIMEOUT_MS: String(DEADLINE_MS) } });
    receiver = await Receiver.start(({ headers }, response) => {
      // The receiver never answers a failed extraction.
      if (headers['x-docmap-event'] === 'extraction.completed') response.end();
    });
  });

  afterAll(async () => {
    await service.close();
    await receiver.close();
  });

  it('httpStatus is null, error "The operation was aborted due to timeout", durationMs the deadline', async () => {
    const userId = `uid_${randomUUID()}`;
    const api = await service.as(userId);
    await api.createWebhook(receiver.url);
    await api.publish({ userId, event: 'extraction.failed' });
    const [record] = await api.log(1);
    expect(record).toMatchObject({
      status: 'failed',
      httpStatus: null,
      error: 'The operation was aborted due to timeout',
    });
    expect(record?.durationMs).toBeGreaterThanOrEqual(DEADLINE_MS - TIMER_LEEWAY_MS);
  });

  it('example: a delivery that timed out and a later one that succeeded', async () => {
    const userId = `uid_${randomUUID()}`;
    const api = await service.as(userId);
    const { webhook } = await api.createWebhook(receiver.url);
    await api.publish({ userId, event: 'extraction.failed', extractionId: 'extract-uvw456' });
    await api.log(1);
    await api.publish({ userId, event: 'extraction.completed', extractionId: 'extract-xyz789' });
    await api.log(2);

    const always = {
      id: expect.any(String),
      userId,
      webhookId: webhook.id,
      url: receiver.url,
      durationMs: expect.any(Number),
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    };
    const { status, body } = await api.get('/v1/webhooks/deliveries');
    expect(status).toBe(200);
    expect(body.data).toHaveLength(2);
    expect(body.data).toMatchObject([
      {
        ...always,
        extractionId: 'extract-xyz789',
        event: 'extraction.completed',
        status: 'success',
        httpStatus: 200,
        error: null,
      },
      {
        ...always,
        extractionId: 'extract-uvw456',
        event: 'extraction.failed',
        status: 'failed',
        httpStatus: null,
        error: 'The operation was aborted due to timeout',
      },
    ]);
  });
});

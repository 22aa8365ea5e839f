import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AttemptOutcome } from '../../../src/queue/attempt-outcome.js';
import { DispatcherService } from '../../../src/dispatcher/dispatcher.service.js';
import { RetrySchedule } from '../../../src/dispatcher/retry-schedule.js';
import { LocalShortageError } from '../../../src/common/local-shortage.error.js';
import { WebhookSender, type WebhookRequest } from '../../../src/dispatcher/webhook-sender.js';
import { eventually } from '../../support/api-client.js';
import { startApp, type TestApp } from '../../support/app.js';
import { newSubscriber } from '../support/subscriber.js';

/** Sends no request, and fails as no sender should when the URL requests it. */
class ScriptedSender extends WebhookSender {
  private shortages = 2;

  override async send({ url }: WebhookRequest): Promise<AttemptOutcome> {
    if (url.includes('refusing')) return { response: null, error: 'connection refused', durationMs: 1 };
    if (url.includes('throwing')) throw new Error('the sender has a fault');
    if (url.includes('short')) {
      this.shortages -= 1;
      if (this.shortages >= 0) throw new LocalShortageError('no file descriptor is left');
    }
    return {
      response: { status: 204, headers: { via: 'a sender of our own' }, body: '', truncated: false },
      error: null,
      durationMs: 7,
    };
  }
}

/** Has one attempt, and throws on demand. */
class FaultySchedule extends RetrySchedule {
  private fail: (() => void) | undefined;

  /** Resolves after it has thrown. */
  failOnce(): Promise<void> {
    return new Promise((resolve) => (this.fail = resolve));
  }

  override delayAfter(): undefined {
    const fail = this.fail;
    if (!fail) return undefined;
    this.fail = undefined;
    fail();
    throw new Error('the schedule has a fault');
  }
}

describe('A sender and a schedule of a host application', () => {
  const schedule = new FaultySchedule();
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp({
      override: (builder) =>
        builder
          .overrideProvider(WebhookSender)
          .useValue(new ScriptedSender())
          .overrideProvider(RetrySchedule)
          .useValue(schedule),
    });
  });

  afterAll(async () => {
    await service.close();
  });

  it('are used: the log shows the report of the sender', async () => {
    const { publish, api } = await newSubscriber(service, 'https://your-app.example/webhooks');
    await publish();
    const [record] = await api.log(1);
    expect(record).toMatchObject({ status: 'success', httpStatus: 204, durationMs: 7 });
    const { body } = await api.get(`/v1/webhooks/deliveries/${String(record!.id)}`);
    expect(body.data.response.headers).toEqual({ via: 'a sender of our own' });
  });

  it('may throw without effect on the process and other deliveries: the delivery is retried later', async () => {
    const broken = await newSubscriber(service, 'https://throwing.example/webhooks');
    const { id } = await broken.publish();
    await expectDelivered();
    const { deliveries } = (await broken.api.get(`/v1/events/${id}`)).body.data;
    expect(deliveries).toMatchObject([{ state: 'pending', attempts: 0 }]);
    await expectIdle();
  });

  it('may run out of a resource of the machine: the attempt is not counted, and is repeated soon', async () => {
    const { publish, api } = await newSubscriber(service, 'https://short.example/webhooks');
    const { id } = await publish();
    expect(await api.log(1)).toMatchObject([{ status: 'success', attempt: 1, trigger: 'event' }]);
    const { deliveries } = (await api.get(`/v1/events/${id}`)).body.data;
    expect(deliveries).toMatchObject([{ state: 'succeeded', attempts: 1 }]);
    await expectIdle();
  });

  it('records the attempt and uses the listed delays when the schedule throws', async () => {
    const { publish, api } = await newSubscriber(service, 'https://refusing.example/webhooks');
    const asked = schedule.failOnce();
    const { id } = await publish();
    await asked;
    expect(await api.log(1)).toMatchObject([{ status: 'failed', attempt: 1 }]);
    const { deliveries } = (await api.get(`/v1/events/${id}`)).body.data;
    expect(deliveries).toMatchObject([{ state: 'pending', attempts: 1 }]);
    await expectDelivered();
    await expectIdle();
  });

  /** A thrown error frees its slot. */
  async function expectIdle(): Promise<void> {
    const dispatcher = service.app.get(DispatcherService);
    await eventually(async () => (dispatcher.unsettledAttempts === 0 ? true : undefined), 'all slots to be free');
  }

  /** A new webhook gets an event. */
  async function expectDelivered(): Promise<void> {
    const { publish, api } = await newSubscriber(service, 'https://your-app.example/webhooks');
    await publish();
    expect(await api.log(1)).toMatchObject([{ status: 'success' }]);
  }
});

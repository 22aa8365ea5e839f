import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { OutboxService } from '../../../src/queue/outbox.service.js';
import { eventually } from '../../support/api-client.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';
import { HeldReceiver } from '../support/held-receiver.js';
import { RawReceiver } from '../support/raw-receiver.js';
import { newSubscriber } from '../support/subscriber.js';

describe('Deleting a webhook', () => {
  let service: TestApp;
  let held: HeldReceiver;

  beforeAll(async () => {
    service = await startApp({
      // No step of this test may wait for a deadline.
      env: { DISPATCH_CONCURRENCY_PER_WEBHOOK: '2', DELIVERY_TIMEOUT_MS: '120000' },
    });
  });

  beforeEach(async () => {
    held = await HeldReceiver.start();
  });

  afterEach(async () => {
    await held.close();
  });

  afterAll(async () => {
    await service.close();
  });

  /** Every other due delivery is sent by now, and that of the deleted webhook would have been too. */
  async function somethingElseIsDelivered(): Promise<void> {
    const receiver = await Receiver.start((_request, response, number) =>
      response.writeHead(number < 3 ? 500 : 200).end(),
    );
    const { publish } = await newSubscriber(service, receiver.url);
    await publish();
    await receiver.received(3);
    await receiver.close();
  }

  const stateOf = async (id: string): Promise<string> => {
    return (await service.api.get(`/v1/events/${id}`)).body.data.deliveries[0].state;
  };

  it('aborts attempts in flight, and never sends queued deliveries', async () => {
    const { webhookId, api, publish } = await newSubscriber(service, held.url);
    const events = [await publish(), await publish(), await publish(), await publish()];
    await held.receiver.received(2);
    const { status, body } = await api.delete(`/v1/webhooks/${webhookId}`);
    expect(status).toBe(200);
    expect(body).toEqual({ success: true });

    // The receiver answers too late.
    held.releaseAll();
    await somethingElseIsDelivered();
    expect(held.receiver.requests).toHaveLength(2);
    for (const { id } of events) expect(await stateOf(id)).toBe('cancelled');
  });

  it('sends no event that is published during the deletion', async () => {
    const { webhookUuid: id, publish } = await newSubscriber(service, held.url);
    const prisma = service.app.get(PrismaService);
    let published: Promise<unknown> | undefined;
    await prisma.$transaction(async (tx) => {
      await tx.webhook.delete({ where: { id } });
      published = publish();
      // Publishing waits for the outcome of the deletion. Without that wait it would have returned by then.
      await Promise.race([published, new Promise((resolve) => setTimeout(resolve, 1_000))]);
    });
    await published;
    await somethingElseIsDelivered();
    expect(held.receiver.requests).toHaveLength(0);
    const deliveries = await prisma.delivery.findMany({ where: { webhookUuid: id } });
    for (const delivery of deliveries) expect(delivery).toMatchObject({ attempts: 0, leaseToken: null });
  });

  it('aborts an attempt whose connection is not established yet', async () => {
    // It accepts the connection and does not answer the TLS handshake.
    const silent = await RawReceiver.start(() => undefined);
    const { webhookId, api, publish } = await newSubscriber(service, `https://127.0.0.1:${silent.port}/`);
    const { id } = await publish();
    await silent.begun;
    expect((await api.delete(`/v1/webhooks/${webhookId}`)).status).toBe(200);
    expect(await api.log(1)).toMatchObject([{ httpStatus: null, error: 'the webhook was deleted' }]);
    expect(await stateOf(id)).toBe('cancelled');
    await silent.close();
  });

  it('keeps the log readable, with the aborted attempts', async () => {
    const { webhookId, api, publish } = await newSubscriber(service, held.url);
    held.releaseAll();
    await publish({ extractionId: 'extract-before' });
    await api.log(1);
    const cut = await HeldReceiver.start();
    await api.patch(`/v1/webhooks/${webhookId}`, { url: cut.url });
    await publish({ extractionId: 'extract-cut' });
    await cut.receiver.received(1);
    await api.delete(`/v1/webhooks/${webhookId}`);

    const [second, first] = await api.log(2, `&webhookId=${webhookId}`);
    expect(first).toMatchObject({ webhookId, extractionId: 'extract-before', status: 'success', url: held.url });
    expect(second).toMatchObject({
      webhookId,
      extractionId: 'extract-cut',
      status: 'failed',
      httpStatus: null,
      error: 'the webhook was deleted',
      nextAttemptAt: null,
    });
    for (const { id } of [first!, second!]) {
      const detail = await api.get(`/v1/webhooks/deliveries/${String(id)}`);
      expect(detail.status).toBe(200);
      expect(detail.body.data.request.headers['webhook-id']).toBeDefined();
    }
    await cut.close();
  });

  it('cancels a delivery that waits for its retry', async () => {
    const receiver = await Receiver.start((_request, response) =>
      response.writeHead(503, { 'retry-after': '1' }).end(),
    );
    const { webhookId, api, publish } = await newSubscriber(service, receiver.url);
    const { id } = await publish();
    const [record] = await api.log(1);
    await api.delete(`/v1/webhooks/${webhookId}`);
    expect(await stateOf(id)).toBe('cancelled');
    await eventually(
      async () => (Date.now() > Date.parse(String(record!.nextAttemptAt)) ? true : undefined),
      'the retry',
    );
    await somethingElseIsDelivered();
    expect(receiver.requests).toHaveLength(1);
    await receiver.close();
  });

  it('cancels a delivery whose last attempt is in flight: it is not counted as given up', async () => {
    const receiver = await Receiver.start((_request, response, number) => {
      if (number < 3) response.writeHead(500).end();
    });
    const { webhookId, api, publish } = await newSubscriber(service, receiver.url);
    const { id } = await publish();
    await receiver.received(3);
    // The worse of the two orders: the aborted attempt is recorded before the queue is cancelled.
    const outbox = service.app.get(OutboxService);
    const cancel = outbox.cancelByWebhook.bind(outbox);
    jest.spyOn(outbox, 'cancelByWebhook').mockImplementationOnce(async (webhookUuid) => {
      await api.log(3);
      return cancel(webhookUuid);
    });
    await api.delete(`/v1/webhooks/${webhookId}`);
    expect(await stateOf(id)).toBe('cancelled');
    expect(await api.log(3)).toMatchObject([{ attempt: 3, nextAttemptAt: null }, { attempt: 2 }, { attempt: 1 }]);
    await receiver.close();
  });

  it('makes its records no longer resendable', async () => {
    const { webhookId, api, publish } = await newSubscriber(service, held.url);
    held.releaseAll();
    await publish();
    const [record] = await api.log(1);
    await api.delete(`/v1/webhooks/${webhookId}`);
    const { status, body } = await api.post(`/v1/webhooks/deliveries/${String(record!.id)}/resend`);
    expect(status).toBe(404);
    expect(body.error.code).toBe('NOT_FOUND');
  });

  it('leaves the deliveries of other webhooks alone', async () => {
    const { webhookId, api, publish } = await newSubscriber(service, held.url);
    const other = await Receiver.start();
    await api.createWebhook(other.url);
    await publish();
    await held.receiver.received(1);
    await api.delete(`/v1/webhooks/${webhookId}`);
    await other.received(1);
    expect(await api.log(2)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ webhookId, status: 'failed' }),
        expect.objectContaining({ status: 'success', url: other.url }),
      ]),
    );
    await other.close();
  });

  const onServer = (globalThis as { TEST_DATABASE?: string }).TEST_DATABASE === 'server';

  (onServer ? describe : describe.skip)('while another process claims', () => {
    it('waits for its lease', async () => {
      const prisma = service.app.get(PrismaService);
      const { webhookId, webhookUuid, api, publish } = await newSubscriber(service, held.url);
      // During a pause this process claims nothing.
      await prisma.$executeRaw`UPDATE webhooks SET throttled_until = now() + interval '1 hour' WHERE id = ${webhookUuid}::uuid`;
      await publish();
      const { promise: deleted, leaseEnd } = await prisma.$transaction(async (claim) => {
        const [lease] = await claim.$queryRaw<{ end: Date }[]>`
        UPDATE deliveries SET leased_until = clock_timestamp() + interval '1 second', lease_token = gen_random_uuid()
        WHERE webhook_id = ${webhookUuid}::uuid RETURNING leased_until AS "end"`;
        const promise = api.delete(`/v1/webhooks/${webhookId}`);
        await eventually(async () => {
          const [{ waiting } = { waiting: 0 }] = await prisma.$queryRaw<{ waiting: number }[]>`
          SELECT count(*)::int AS waiting FROM pg_stat_activity
          WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%cancelled%'`;
          return waiting > 0 ? true : undefined;
        }, 'the cancellation to wait for the claim');
        return { promise: promise.then(({ status }) => status), leaseEnd: lease!.end };
      });
      expect(await deleted).toBe(200);
      const [{ isOver } = { isOver: false }] = await prisma.$queryRaw<{ isOver: boolean }[]>`
      SELECT clock_timestamp() >= ${leaseEnd} AS "isOver"`;
      expect(isOver).toBe(true);
    });
  });
});

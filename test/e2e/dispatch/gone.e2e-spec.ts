import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';
import { newSubscriber } from '../support/subscriber.js';

const DAY_MS = 86_400_000;

describe('A webhook that is gone or keeps failing', () => {
  let service: TestApp;
  let prisma: PrismaService;

  beforeAll(async () => {
    service = await startApp({ env: { DISPATCH_CONCURRENCY_PER_WEBHOOK: '1' } });
    prisma = service.app.get(PrismaService);
  });

  afterAll(async () => {
    await service.close();
  });

  /** A subscriber whose receiver answers with these codes in order, and then always with the last one. */
  async function answering(...codes: number[]) {
    const receiver = await Receiver.start((_request, response, number) => {
      response.writeHead(codes[number - 1] ?? codes.at(-1) ?? 200).end();
    });
    const subscriber = await newSubscriber(service, receiver.url);
    const show = async () => (await subscriber.api.get(`/v1/webhooks/${subscriber.webhookId}`)).body.data;
    const failSince = (failingSince: Date) =>
      prisma.webhook.update({ where: { id: subscriber.webhookUuid }, data: { failingSince } });
    const failingSince = async () =>
      (await prisma.webhook.findUniqueOrThrow({ where: { id: subscriber.webhookUuid } })).failingSince;
    return { ...subscriber, receiver, show, failSince, failingSince };
  }

  it('is disabled by 410, with the reason, and gets no more requests', async () => {
    const { receiver, publish, api, show } = await answering(410);
    const { id } = await publish();
    await api.log(1);
    expect(await show()).toMatchObject({
      active: false,
      disabledReason: 'The endpoint answered 410 Gone.',
      disabledAt: expect.stringMatching(/Z$/),
    });
    expect(await publish()).toMatchObject({ deliveries: 0 });

    // Another webhook's delivery is sent and retried. A retry to the disabled webhook would have been due before.
    const other = await answering(500, 500, 200);
    await other.publish();
    await other.receiver.received(3);
    expect(receiver.requests).toHaveLength(1);
    expect((await api.get(`/v1/events/${id}`)).body.data.deliveries).toMatchObject([{ state: 'pending', attempts: 1 }]);
    await receiver.close();
    await other.receiver.close();
  });

  it('gets no delivery that was claimed before', async () => {
    // Deliveries of a fast webhook are claimed ahead. It is disabled during such a claim.
    const { receiver, userId, api, show } = await answering(...Array.from({ length: 20 }, () => 200), 410);
    const event = { event: 'extraction.completed', userId, extractionId: 'extract-1', data: {} };
    await api.post('/v1/events/batch', { events: Array.from({ length: 60 }, () => event) });
    await api.log(21);
    const other = await answering(500, 500, 200);
    await other.publish();
    await other.receiver.received(3);
    expect(await show()).toMatchObject({ active: false });
    expect(receiver.requests).toHaveLength(21);
    await receiver.close();
    await other.receiver.close();
  });

  it('gets the waiting deliveries when it is active again', async () => {
    const { receiver, publish, api, webhookId, show } = await answering(410, 200);
    await publish();
    await api.log(1);
    const { status } = await api.patch(`/v1/webhooks/${webhookId}`, { active: true });
    expect(status).toBe(200);
    expect(await show()).toMatchObject({ active: true, disabledReason: null, disabledAt: null });
    expect(await api.log(2)).toMatchObject([
      { status: 'success', attempt: 2 },
      { status: 'failed', attempt: 1 },
    ]);
    await receiver.close();
  });

  it('is disabled when it has failed for five days without one success, with the reason', async () => {
    const { receiver, publish, api, show, failSince } = await answering(500);
    await failSince(new Date(Date.now() - 5 * DAY_MS - 60_000));
    await publish();
    await api.log(1);
    expect(await show()).toMatchObject({
      active: false,
      disabledReason: 'The endpoint failed for 5 days without one success.',
      disabledAt: expect.stringMatching(/Z$/),
    });
    await receiver.close();
  });

  it('stays active when it has failed for a little less than five days', async () => {
    const { receiver, publish, api, show, failSince } = await answering(500);
    await failSince(new Date(Date.now() - 5 * DAY_MS + 60_000));
    await publish();
    await api.log(3);
    expect(await show()).toMatchObject({ active: true, disabledReason: null });
    await receiver.close();
  });

  it('restarts its five days with each success', async () => {
    const { receiver, publish, api, show, failSince, failingSince } = await answering(200, 500);
    await failSince(new Date(Date.now() - 6 * DAY_MS));
    await publish();
    await api.log(1);
    expect(await failingSince()).toBeNull();

    const before = Date.now();
    await publish();
    await api.log(2);
    expect(await show()).toMatchObject({ active: true });
    expect(Math.abs((await failingSince())!.getTime() - before)).toBeLessThan(60_000);
    await receiver.close();
  });

  it('counts the five days from its first failure, not from the latest', async () => {
    const { receiver, publish, api, failSince, failingSince } = await answering(500);
    const since = new Date(Date.now() - 2 * DAY_MS);
    await failSince(since);
    await publish();
    await api.log(3);
    expect(await failingSince()).toEqual(since);
    await receiver.close();
  });

  it('restarts its five days when its owner makes it active again', async () => {
    const { receiver, publish, api, webhookId, failSince, show } = await answering(500);
    await failSince(new Date(Date.now() - 6 * DAY_MS));
    await publish();
    await api.log(1);
    await api.patch(`/v1/webhooks/${webhookId}`, { active: true });
    await api.log(3);
    expect(await show()).toMatchObject({ active: true });
    await receiver.close();
  });
});

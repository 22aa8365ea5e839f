import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { OutboxService } from '../../../src/queue/outbox.service.js';
import { eventually } from '../../support/api-client.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';
import { newSubscriber } from '../support/subscriber.js';

const nothing = (): void => undefined;

describe('A claim in progress while its webhook changes', () => {
  let service: TestApp;
  let prisma: PrismaService;
  /** Set while claims with deliveries of this webhook are delayed. */
  let holdUp: { webhookUuid: string; found: () => void; until: Promise<void> } | undefined;

  beforeAll(async () => {
    service = await startApp();
    prisma = service.app.get(PrismaService);
    const outbox = service.app.get(OutboxService);
    const claim = outbox.claim.bind(outbox);
    jest.spyOn(outbox, 'claim').mockImplementation(async (request) => {
      const result = await claim(request);
      if (holdUp && result.deliveries.some(({ webhookUuid }) => webhookUuid === holdUp?.webhookUuid)) {
        holdUp.found();
        await holdUp.until;
      }
      return result;
    });
  });

  afterAll(async () => {
    await service.close();
  });

  /** A subscriber with a resent delivery in a claim that has not returned. */
  async function claimedNotBack(answerSecond?: { code: number; headers: Record<string, string> }) {
    let answer = nothing;
    const receiver = await Receiver.start((_request, response, number) => {
      if (number === 2 && answerSecond) {
        answer = () => response.writeHead(answerSecond.code, answerSecond.headers).end();
      } else response.end();
    });
    const subscriber = await newSubscriber(service, receiver.url);
    const { api, publish, webhookUuid } = subscriber;
    await publish({ extractionId: 'extract-resent' });
    const [record] = await api.log(1);
    if (answerSecond) {
      await publish({ extractionId: 'extract-answered' });
      await receiver.received(2);
    }
    let release = nothing;
    const found = new Promise<void>((resolve) => {
      holdUp = { webhookUuid, found: resolve, until: new Promise((end) => (release = end)) };
    });
    expect((await api.post(`/v1/webhooks/deliveries/${String(record!.id)}/resend`, {})).status).toBe(202);
    await found;
    holdUp = undefined;
    return { ...subscriber, receiver, release, answer: () => answer() };
  }

  it.each([
    [429, { 'retry-after': '3600' }],
    [410, {}],
  ])('leads to no request after the receiver has answered %i', async (code, headers) => {
    const { receiver, release, answer, webhookUuid, api } = await claimedNotBack({
      code,
      headers,
    });
    answer();
    await api.log(2);
    await eventually(async () => {
      const { throttledUntil, active } = await prisma.webhook.findUniqueOrThrow({ where: { id: webhookUuid } });
      return throttledUntil !== null || !active ? true : undefined;
    }, 'the pause');
    release();
    const resent = await eventually(async () => {
      const [delivery] = await prisma.delivery.findMany({ where: { webhookUuid, trigger: 'resend' } });
      return delivery?.leaseToken === null ? delivery : undefined;
    }, 'the delivery to be handed back');
    expect(resent.state).toBe('pending');
    expect(receiver.requests).toHaveLength(2);
    await receiver.close();
  });

  it('leads to no request to an earlier address of the webhook', async () => {
    const { receiver, release, api, webhookId } = await claimedNotBack();
    const moved = await Receiver.start();
    expect((await api.patch(`/v1/webhooks/${webhookId}`, { url: moved.url })).status).toBe(200);
    release();
    await moved.received(1);
    expect(receiver.requests).toHaveLength(1);
    await Promise.all([receiver.close(), moved.close()]);
  });
});

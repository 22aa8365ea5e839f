import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { uuidV7 } from '../../../src/common/ids.js';
import { PrismaService } from '../../../src/database/prisma.service.js';
import type { ClaimRequest } from '../../../src/queue/outbox.types.js';
import { OutboxService } from '../../../src/queue/outbox.service.js';
import { DispatcherService } from '../../../src/dispatcher/dispatcher.service.js';
import { startApp, type TestApp } from '../../support/app.js';
import { newSubscriber } from '../support/subscriber.js';
import { insertRows } from '../support/insert-rows.js';

const PAYLOAD = 'x'.repeat(100);

describe('A claim', () => {
  let service: TestApp;
  let prisma: PrismaService;

  beforeAll(async () => {
    service = await startApp();
    prisma = service.app.get(PrismaService);
    // Only a scan finds rows that are inserted here, and the tests make their own claims.
    jest.spyOn(service.app.get(DispatcherService), 'scan').mockImplementation(() => undefined);
  });

  afterAll(async () => {
    await service.close();
  });

  /** Webhooks with these numbers of due deliveries, in the order of their ids. */
  async function webhooksWith(...counts: number[]): Promise<string[]> {
    const subscribers = await Promise.all(counts.map(() => newSubscriber(service, 'http://127.0.0.1:65535/')));
    subscribers.sort((one, other) => (one.webhookUuid < other.webhookUuid ? -1 : 1));
    const nextAttemptAt = new Date(Date.now() - 1_000);
    for (const [index, { webhookUuid, userId }] of subscribers.entries()) {
      const ids = Array.from({ length: counts[index] ?? 0 }, () => uuidV7(Date.now()));
      if (ids.length === 0) continue;
      const event = {
        type: 'extraction.completed',
        userId,
        payload: PAYLOAD,
        occurredAt: nextAttemptAt,
        deliveryCount: 1,
      };
      await insertRows(
        prisma,
        'events',
        ids.map((id) => ({ id, ...event })),
      );
      await insertRows(
        prisma,
        'deliveries',
        ids.map((id) => ({ id, eventId: id, webhookUuid, trigger: 'event', nextAttemptAt })),
      );
    }
    return subscribers.map(({ webhookUuid }) => webhookUuid);
  }

  /** Claims, and counts the deliveries of each webhook. */
  async function claim(webhooks: string[], request: Partial<ClaimRequest>) {
    const { deliveries, limited, cursor } = await service.app.get(OutboxService).claim({
      from: { webhooks },
      limit: 100,
      maxBytes: 1_000_000,
      demand: new Map(),
      defaultDemand: 10,
      leaseMs: 60_000,
      leaseToken: randomUUID(),
      ...request,
    });
    const counts = webhooks.map((id) => deliveries.filter(({ webhookUuid }) => webhookUuid === id).length);
    return { counts, limited: webhooks.map((id) => limited.has(id)), cursor };
  }

  it('names the webhooks whose demand was met: more may be due', async () => {
    const webhooks = await webhooksWith(3, 2, 1, 0);
    const demand = new Map([
      [webhooks[0]!, 2],
      [webhooks[1]!, 2],
    ]);
    const { counts, limited } = await claim(webhooks, { demand });
    expect([counts, limited]).toEqual([
      [2, 2, 1, 0],
      [true, true, false, false],
    ]);
  });

  it('names a webhook without demand', async () => {
    const webhooks = await webhooksWith(1, 1);
    const { counts, limited } = await claim(webhooks, { demand: new Map([[webhooks[0]!, 0]]) });
    expect([counts, limited]).toEqual([
      [0, 1],
      [true, false],
    ]);
  });

  it('names the webhooks that its limit excluded', async () => {
    const webhooks = await webhooksWith(2, 2, 2);
    const { counts, limited } = await claim(webhooks, { limit: 3 });
    expect([counts, limited]).toEqual([
      [2, 1, 0],
      [false, true, true],
    ]);
  });

  it('names the webhooks that its limit of bytes excluded, and takes at least one delivery', async () => {
    const webhooks = await webhooksWith(2, 2);
    const { counts, limited } = await claim(webhooks, { maxBytes: 3 * PAYLOAD.length });
    expect([counts, limited]).toEqual([
      [2, 1],
      [false, true],
    ]);
    expect((await claim(webhooks, { maxBytes: 1 })).counts).toEqual([0, 1]);
  });

  it('does not name a webhook that is paused', async () => {
    const webhooks = await webhooksWith(1, 1);
    await prisma.webhook.update({
      where: { id: webhooks[0]! },
      data: { throttledUntil: new Date(Date.now() + 3_600_000) },
    });
    const { counts, limited } = await claim(webhooks, { demand: new Map([[webhooks[0]!, 0]]) });
    expect([counts, limited]).toEqual([
      [0, 1],
      [false, false],
    ]);
  });

  it('of a scan ends at the webhook that exceeds its limit, and names it', async () => {
    await prisma.delivery.deleteMany();
    const webhooks = await webhooksWith(2, 2, 2);
    const from = { cursor: '00000000-0000-0000-0000-000000000000' };
    const first = await claim(webhooks, { from, limit: 3 });
    expect([first.counts, first.limited, first.cursor]).toEqual([[2, 1, 0], [false, true, false], webhooks[1]]);
    const second = await claim(webhooks, { from: { cursor: first.cursor }, limit: 3 });
    expect([second.counts, second.limited, second.cursor]).toEqual([[0, 0, 2], [false, false, false], from.cursor]);
  });
});

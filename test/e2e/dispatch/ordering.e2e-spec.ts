import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OutboxService } from '../../../src/queue/outbox.service.js';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { eventually } from '../../support/api-client.js';
import { startApp, type TestApp } from '../../support/app.js';
import { newDatabase, type TestDatabase } from '../../support/database.js';
import { Random } from '../../support/random.js';
import { Receiver } from '../../support/receiver.js';
import { newSubscriber, type Subscriber } from '../support/subscriber.js';

/** An event that came, with its place in its extraction. */
interface Arrival {
  extraction: string;
  place: number;
}

function arrivals({ requests }: Receiver): Arrival[] {
  return requests.map(({ body }) => {
    const { data } = JSON.parse(body) as { data: { id: string; place: number } };
    return { extraction: data.id, place: data.place };
  });
}

/** The arrivals that came after a later event of the same extraction. */
function inversions(received: readonly Arrival[]): Arrival[] {
  const last = new Map<string, number>();
  return received.filter(({ extraction, place }) => {
    const before = last.get(extraction) ?? -1;
    last.set(extraction, Math.max(before, place));
    return place < before;
  });
}

async function newOrdered(service: Pick<TestApp, 'as'>, url: string): Promise<Subscriber> {
  const subscriber = await newSubscriber(service, url);
  const changed = await subscriber.api.patch(`/v1/webhooks/${subscriber.webhookId}`, { ordering: 'extraction' });
  expect(changed.body.data).toMatchObject({ ordering: 'extraction' });
  return subscriber;
}

function eventOf(extractionId: string, place: number) {
  return { extractionId, data: { place } };
}

describe('A webhook with ordering', () => {
  let database: TestDatabase;
  let service: TestApp;
  /** Another process on the same database, if the database allows it. */
  let services: TestApp[];

  beforeAll(async () => {
    database = await newDatabase();
    const env = { RETRY_SCHEDULE: '0s,100ms,100ms', DISPATCH_CONCURRENCY_PER_WEBHOOK: '10' };
    service = await startApp({ database, env });
    const isShared = database.env.DATABASE_URL !== undefined;
    services = isShared ? [service, await startApp({ database, env })] : [service];
  });

  afterAll(async () => {
    for (const each of services) await each.close();
    await database.drop();
  });

  it('gets a later event after the earlier one succeeded, and other extractions meanwhile', async () => {
    const held: (() => void)[] = [];
    const receiver = await Receiver.start(({ body }, response) => {
      if (body.includes('"slow"') && held.length === 0) held.push(() => response.end());
      else response.end();
    });
    const { publish, api } = await newOrdered(service, receiver.url);
    for (const place of [0, 1, 2]) await publish(eventOf('slow', place));
    for (const place of [0, 1, 2]) await publish(eventOf('quick', place));
    await receiver.received(4);
    expect(arrivals(receiver).filter(({ extraction }) => extraction === 'slow')).toEqual([
      { extraction: 'slow', place: 0 },
    ]);
    held[0]!();
    await receiver.received(6);
    expect(inversions(arrivals(receiver))).toEqual([]);
    await api.log(6);
    await receiver.close();
  });

  it('waits for the retries of the earlier event, and goes on when it is exhausted', async () => {
    const receiver = await Receiver.start(({ body }, response) => {
      response.writeHead(body.includes('"place":0') ? 500 : 200).end();
    });
    const { publish } = await newOrdered(service, receiver.url);
    await publish(eventOf('a', 0));
    await publish(eventOf('a', 1));
    await receiver.received(4);
    expect(arrivals(receiver).map(({ place }) => place)).toEqual([0, 0, 0, 1]);
    await receiver.close();
  });

  it('gets the events of a batch in order', async () => {
    const receiver = await Receiver.start((_request, response) => response.end());
    const { userId, api } = await newOrdered(service, receiver.url);
    const events = Array.from({ length: 40 }, (_, place) => ({
      event: 'extraction.completed',
      userId,
      ...eventOf(`x${place % 2}`, place),
    }));
    expect((await api.post('/v1/events/batch', { events })).status).toBe(202);
    await receiver.received(40);
    expect(inversions(arrivals(receiver))).toEqual([]);
    await receiver.close();
  });

  it('postpones what waits behind a failing event, so that other extractions pass, and sends it at once afterwards', async () => {
    let isDown = true;
    const receiver = await Receiver.start(({ body }, response) => {
      response.writeHead(isDown && body.includes('"stuck"') ? 400 : 200).end();
    });
    const { publish, api, userId, webhookUuid } = await newOrdered(service, receiver.url);
    await publish(eventOf('stuck', 0));
    await receiver.received(1);
    const prisma = service.app.get(PrismaService);
    // Its next attempt is far away.
    await eventually(async () => {
      const { count } = await prisma.delivery.updateMany({
        where: { webhookUuid, scheduleStep: { gt: 0 }, leaseToken: null, state: 'pending' },
        data: { nextAttemptAt: new Date(Date.now() + 3_600_000) },
      });
      return count === 1 ? true : undefined;
    }, 'the delivery to wait');
    const behind = Array.from({ length: 120 }, (_, place) => eventOf('stuck', place + 1));
    const events = behind.map((event) => ({ event: 'extraction.completed', userId, ...event }));
    expect((await api.post('/v1/events/batch', { events })).status).toBe(202);
    const sent = receiver.requests.length;
    await publish(eventOf('other', 0));
    await receiver.received(sent + 1);
    expect(arrivals(receiver).at(-1)).toEqual({ extraction: 'other', place: 0 });
    // Later claims do not read the postponed deliveries.
    await eventually(async () => {
      const due = await prisma.delivery.count({
        where: { webhookUuid, state: 'pending', nextAttemptAt: { lte: new Date() } },
      });
      return due === 0 ? true : undefined;
    }, 'all waiting deliveries to be postponed');

    isDown = false;
    const first = await prisma.delivery.findFirstOrThrow({
      where: { webhookUuid, scheduleStep: { gt: 0 }, state: 'pending' },
    });
    await service.app.get(OutboxService).requeue([{ eventId: first.eventId, webhookUuid }], 'resend');
    await receiver.received(sent + 122);
    expect(inversions(arrivals(receiver).filter(({ extraction }) => extraction === 'stuck'))).toEqual([]);
    await receiver.close();
  });

  it('orders what waits already when it is turned on', async () => {
    const receiver = await Receiver.start((_request, response) => response.end());
    const { publish, api, webhookId, webhookUuid } = await newSubscriber(service, receiver.url);
    const path = `/v1/webhooks/${webhookId}`;
    const prisma = service.app.get(PrismaService);
    for (const place of [0, 1, 2, 3]) await publish(eventOf('a', place));
    await api.log(4);
    await prisma.delivery.updateMany({
      where: { webhookUuid },
      data: { state: 'pending', scheduleStep: 0, nextAttemptAt: new Date(Date.now() + 500) },
    });
    expect((await api.patch(path, { ordering: 'extraction' })).status).toBe(200);
    const waiting = await prisma.delivery.findMany({ where: { webhookUuid, orderingKey: 'a' } });
    expect(waiting).toHaveLength(4);
    await receiver.received(8);
    expect(
      arrivals(receiver)
        .slice(4)
        .map(({ place }) => place),
    ).toEqual([0, 1, 2, 3]);
    await receiver.close();
  });

  it('recovers missed events in order, before later events that wait', async () => {
    const receiver = await Receiver.start((_request, response) => response.end());
    const { publish, api, webhookId } = await newOrdered(service, receiver.url);
    const path = `/v1/webhooks/${webhookId}`;
    await api.patch(path, { active: false });
    const since = new Date(Date.now() - 1_000).toISOString();
    for (const place of [0, 1, 2]) expect(await publish(eventOf('a', place))).toMatchObject({ deliveries: 0 });
    await api.patch(path, { active: true });
    expect((await api.post(`${path}/recover`, { since })).status).toBe(202);
    await receiver.received(3);
    expect(arrivals(receiver).map(({ place }) => place)).toEqual([0, 1, 2]);
    await receiver.close();
  });

  it('recovers delivered events in order, before later events that are published meanwhile', async () => {
    const receiver = await Receiver.start((_request, response) => setTimeout(() => response.end(), 50));
    const { publish, api, webhookId } = await newOrdered(service, receiver.url);
    const since = new Date(Date.now() - 1_000).toISOString();
    for (const place of [0, 1, 2]) await publish(eventOf('a', place));
    await api.log(3);
    expect((await api.post(`/v1/webhooks/${webhookId}/recover`, { since, include: 'all' })).body.data.queued).toBe(3);
    await publish(eventOf('a', 3));
    await receiver.received(7);
    expect(arrivals(receiver).map(({ place }) => place)).toEqual([0, 1, 2, 0, 1, 2, 3]);
    await receiver.close();
  });

  it('resends an earlier event while no other event of its extraction is in flight', async () => {
    const open = new Set<number>();
    const overlaps: number[][] = [];
    const receiver = await Receiver.start(({ body }, response) => {
      const { data } = JSON.parse(body) as { data: { place: number } };
      open.add(data.place);
      if (open.size > 1) overlaps.push([...open]);
      setTimeout(() => {
        open.delete(data.place);
        response.end();
      }, 100);
    });
    const { publish, api } = await newOrdered(service, receiver.url);
    await publish(eventOf('a', 0));
    const [record] = await api.log(1);
    await publish(eventOf('a', 1));
    await receiver.received(2);
    expect((await api.post(`/v1/webhooks/deliveries/${String(record!.id)}/resend`)).status).toBe(202);
    await publish(eventOf('a', 2));
    await receiver.received(4);
    expect(arrivals(receiver).map(({ place }) => place)).toEqual([0, 1, 0, 2]);
    expect(overlaps).toEqual([]);
    await receiver.close();
  });

  it('keeps the order in random runs with failures, batches and several processes', async () => {
    const seed = Number(process.env.ORDERING_SEED ?? Math.floor(Math.random() * 2 ** 32));
    const generator = new Random(seed);
    const random = (): number => generator.next();
    const failing = new Set<string>();
    const receiver = await Receiver.start(({ headers }, response) => {
      const key = `${String(headers['webhook-id'])} ${String(headers['x-docmap-attempt'])}`;
      if (random() < 0.2) failing.add(key);
      setTimeout(() => response.writeHead(failing.has(key) ? 500 : 200).end(), random() * 15);
    });
    const { userId } = await newOrdered(service, receiver.url);
    const places = new Map<string, number>();
    let published = 0;
    // One publisher for each extraction: its next event follows the response to the one before.
    const publisher = async (extraction: string): Promise<void> => {
      for (let request = 0; request < 8; request += 1) {
        const events = Array.from({ length: 1 + Math.floor(random() * 3) }, () => {
          const place = places.get(extraction) ?? 0;
          places.set(extraction, place + 1);
          return { event: 'extraction.completed', userId, ...eventOf(extraction, place) };
        });
        published += events.length;
        const through = services[Math.floor(random() * services.length)]!;
        expect((await through.api.post('/v1/events/batch', { events })).status).toBe(202);
      }
    };
    await Promise.all(Array.from({ length: 12 }, (_, number) => publisher(`extraction-${number}`)));
    await eventually(async () => {
      const distinct = new Set(arrivals(receiver).map(({ extraction, place }) => `${extraction} ${place}`));
      return distinct.size === published ? true : undefined;
    }, `all ${published} events (seed ${seed})`);
    expect({ seed, inversions: inversions(arrivals(receiver)) }).toEqual({ seed, inversions: [] });
    await receiver.close();
  });
});

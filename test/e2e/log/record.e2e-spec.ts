import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { DeliveriesService } from '../../../src/deliveries/deliveries.service.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';
import { newSubscriber, newUserId } from '../support/subscriber.js';

const DELIVERIES = '/v1/webhooks/deliveries';

describe('GET /v1/webhooks/deliveries/{id}', () => {
  let service: TestApp;
  let receiver: Receiver;

  beforeAll(async () => {
    service = await startApp({ env: { RETRY_SCHEDULE: '0s' } });
    receiver = await Receiver.start((_request, response) => {
      response.writeHead(202, { 'x-receiver': 'ours', 'content-type': 'text/plain' }).end('thank you');
    });
  });

  afterAll(async () => {
    await service.close();
    await receiver.close();
  });

  it('shows the record of the list with the request as sent and the response as received', async () => {
    const { api, publish, secret } = await newSubscriber(service, receiver.url);
    await publish({ data: { name: 'Prüfung' } });
    const [record] = await api.log(1);
    const { status, body } = await api.get(`${DELIVERIES}/${String(record!.id)}`);
    const sent = receiver.requests.find(({ headers }) => headers['webhook-id'] === record!.deliveryId);
    expect(status).toBe(200);
    const { request, response, ...rest } = body.data;
    expect(rest).toEqual(record);
    expect(request.body).toBe(sent!.body);
    // The headers that the service sets. The others belong to the connection.
    const { connection, host, 'content-length': length, ...headers } = sent!.headers;
    expect({ connection, host, length }).toBeDefined();
    expect(request.headers).toEqual(headers);
    expect(response).toEqual({
      headers: expect.objectContaining({ 'x-receiver': 'ours', 'content-type': 'text/plain' }),
      body: 'thank you',
      truncated: false,
    });
    expect(JSON.stringify(body)).not.toContain(secret);
  });

  it('has no response when none arrived', async () => {
    const closed = await Receiver.start();
    const { url } = closed;
    await closed.close();
    const { api, publish } = await newSubscriber(service, url);
    await publish();
    const [record] = await api.log(1);
    const { body } = await api.get(`${DELIVERIES}/${String(record!.id)}`);
    expect(body.data).toMatchObject({ status: 'failed', httpStatus: null, response: null });
    expect(body.data.request.headers['webhook-id']).toBe(record!.deliveryId);
  });

  it('is found for operators by the id of its delivery, also before the first attempt', async () => {
    const { api, publish, webhookUuid } = await newSubscriber(service, receiver.url);
    const { id: eventId } = await publish();
    const [record] = await api.log(1);
    const id = String(record!.deliveryId);
    const history = (of: string, since?: Date) => service.app.get(DeliveriesService).history(of, since);
    expect(await history(id)).toMatchObject({ delivery: { id, eventId }, attempts: [{ id: record!.id }] });

    const prisma = service.app.get(PrismaService);
    await prisma.deliveryAttempt.deleteMany({ where: { deliveryId: id } });
    expect(await history(id)).toMatchObject({ delivery: { id, eventId }, attempts: [] });

    // Earlier versions made ids without a time.
    const older = randomUUID();
    await prisma.delivery.updateMany({ where: { eventId, webhookUuid }, data: { id: older } });
    await expect(history(older)).rejects.toThrow('no delivery or attempt');
    expect(await history(older, new Date(Date.now() - 60_000))).toMatchObject({ delivery: { id: older, eventId } });
  });

  it('keeps the URL of the time of sending', async () => {
    const { api, publish, webhookId } = await newSubscriber(service, receiver.url);
    await publish();
    await api.log(1);
    await api.patch(`/v1/webhooks/${webhookId}`, { url: `${receiver.url}/moved` });
    await publish();
    expect((await api.log(2)).map(({ url }) => url)).toEqual([`${receiver.url}/moved`, receiver.url]);
  });

  it('answers 403 to other users, also when they may publish', async () => {
    const { api, publish } = await newSubscriber(service, receiver.url);
    await publish();
    const [record] = await api.log(1);
    const stranger = await service.as(newUserId());
    for (const answer of [
      await stranger.get(`${DELIVERIES}/${String(record!.id)}`),
      await stranger.post(`${DELIVERIES}/${String(record!.id)}/resend`),
    ]) {
      expect(answer.status).toBe(403);
      expect(answer.body.error.code).toBe('FORBIDDEN');
    }
  });

  it.each([
    ['an unknown id', randomUUID()],
    ['a text that is no id', 'abc123def456'],
    ['NUL', '%00'],
  ])('answers 404 for %s', async (_case, id) => {
    for (const answer of [
      await service.api.get(`${DELIVERIES}/${id}`),
      await service.api.post(`${DELIVERIES}/${id}/resend`),
    ]) {
      expect(answer.status).toBe(404);
      expect(answer.body.error.code).toBe('NOT_FOUND');
    }
  });
});

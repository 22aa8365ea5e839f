import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { verify } from '@octokit/webhooks-methods';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver, type ReceivedRequest } from '../../support/receiver.js';
import { newSubscriber } from '../support/subscriber.js';

describe('A request to a receiver', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp();
  });

  afterAll(async () => {
    await service.close();
  });

  async function given() {
    const receiver = await Receiver.start();
    return { ...(await newSubscriber(service, receiver.url)), receiver };
  }

  it('has exactly the documented headers', async () => {
    const { publish, receiver, api } = await given();
    const before = Math.floor(Date.now() / 1_000);
    await publish({ event: 'extraction.failed' });
    const [request] = await receiver.received(1);
    const [record] = await api.log(1);
    const id = record!.deliveryId;
    expect(request).toMatchObject({ method: 'POST', path: '/webhooks/docmap' });
    expect(request!.headers).toEqual({
      accept: '*/*',
      'accept-encoding': 'identity',
      connection: 'keep-alive',
      'content-length': String(Buffer.byteLength(request!.body)),
      'content-type': 'application/json',
      host: `127.0.0.1:${receiver.port}`,
      'user-agent': expect.stringMatching(/^DocMap-Webhooks\/\d+\.\d+\.\d+$/),
      'webhook-id': id,
      'webhook-signature': expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/),
      'webhook-timestamp': expect.stringMatching(/^\d{10}$/),
      'x-docmap-attempt': '1',
      'x-docmap-delivery': id,
      'x-docmap-event': 'extraction.failed',
      'x-docmap-signature': expect.stringMatching(/^sha256=[0-9a-f]{64}$/),
    });
    const timestamp = Number(request!.headers['webhook-timestamp']);
    expect(timestamp).toBeGreaterThanOrEqual(before - 1);
    expect(timestamp).toBeLessThanOrEqual(Math.ceil(Date.now() / 1_000) + 1);
    await receiver.close();
  });

  it('has the event as its body: type, timestamp and data, which begins with the extraction id', async () => {
    const { publish, receiver } = await given();
    await publish({
      extractionId: 'extract-bytes',
      occurredAt: '2025-01-20T14:30:03.512Z',
      data: { title: 'Rechnung – 請求書', pages: 3 },
    });
    const [request] = await receiver.received(1);
    expect(request!.body).toBe(
      '{"type":"extraction.completed","timestamp":"2025-01-20T14:30:03.512Z",' +
        '"data":{"id":"extract-bytes","title":"Rechnung – 請求書","pages":3}}',
    );
    await receiver.close();
  });

  it('is verified by the public libraries with the secret as it was returned', async () => {
    const { publish, receiver, secret } = await given();
    await publish({ data: { title: 'Prüfung \u{1f600}' } });
    const [request] = await receiver.received(1);
    expect(await verdictOf(request!, secret)).toEqual(VERIFIED);
    await receiver.close();
  });

  it('is not verified with the secret of another webhook, nor when the body was changed', async () => {
    const { publish, receiver, secret } = await given();
    const stranger = await newSubscriber(service, receiver.url);
    await publish();
    const [request] = await receiver.received(1);
    expect(await verdictOf(request!, stranger.secret)).toEqual(REFUSED);
    expect(await verdictOf({ ...request!, body: request!.body.replace('completed', 'failed') }, secret)).toEqual(
      REFUSED,
    );
    await receiver.close();
  });

  it('carries signatures of the new and the old secret while a rotation overlaps', async () => {
    const { publish, receiver, secret: old, api, webhookId } = await given();
    const { secret } = (await api.post(`/v1/webhooks/${webhookId}/rotate-secret`, {})).body.data;
    expect(secret).not.toBe(old);
    await publish();
    const [request] = await receiver.received(1);
    expect(await verdictOf(request!, secret)).toEqual(VERIFIED);
    expect(await verdictOf(request!, old)).toEqual(VERIFIED);
    expect(request!.headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/);
    expect(request!.headers['x-docmap-signature']).toMatch(/^sha256=[0-9a-f]{64},sha256=[0-9a-f]{64}$/);
    await receiver.close();
  });

  it('is signed with the new secret alone after a rotation without overlap', async () => {
    const { publish, receiver, secret: old, api, webhookId } = await given();
    const answer = await api.post(`/v1/webhooks/${webhookId}/rotate-secret`, { overlapSeconds: 0 });
    await publish();
    const [request] = await receiver.received(1);
    expect(await verdictOf(request!, answer.body.data.secret)).toEqual(VERIFIED);
    expect(await verdictOf(request!, old)).toEqual(REFUSED);
    await receiver.close();
  });

  it('is signed with the new secret alone once the overlap is over', async () => {
    const { publish, receiver, secret: old, api, webhookId, webhookUuid } = await given();
    const answer = await api.post(`/v1/webhooks/${webhookId}/rotate-secret`, { overlapSeconds: 604_800 });
    // A week passes.
    const previousSecretExpiresAt = new Date(Date.now() - 1_000);
    const prisma = service.app.get(PrismaService);
    await prisma.webhook.update({ where: { id: webhookUuid }, data: { previousSecretExpiresAt } });
    await publish();
    const [request] = await receiver.received(1);
    expect(await verdictOf(request!, answer.body.data.secret)).toEqual(VERIFIED);
    expect(await verdictOf(request!, old)).toEqual(REFUSED);
    await receiver.close();
  });

  it('drops the oldest secret when a second rotation comes during the first one', async () => {
    const { publish, receiver, secret: first, api, webhookId } = await given();
    const rotate = async () => (await api.post(`/v1/webhooks/${webhookId}/rotate-secret`, {})).body.data.secret;
    const second = await rotate();
    const third = await rotate();
    await publish();
    const [request] = await receiver.received(1);
    expect(await verdictOf(request!, third)).toEqual(VERIFIED);
    expect(await verdictOf(request!, second)).toEqual(VERIFIED);
    expect(await verdictOf(request!, first)).toEqual(REFUSED);
    await receiver.close();
  });
});

const VERIFIED = { standardwebhooks: true, svix: true, octokit: true };
const REFUSED = { standardwebhooks: false, svix: false, octokit: false };

/** The verdict of each library on a request. */
async function verdictOf({ body, headers }: ReceivedRequest, secret: string): Promise<typeof VERIFIED> {
  const signatures = String(headers['x-docmap-signature']).split(',');
  const octokit = await Promise.all(signatures.map((signature) => verify(secret, body, signature)));
  return {
    standardwebhooks: isVerifiedBy(() => new StandardWebhook(secret).verify(body, headers as Record<string, string>)),
    svix: isVerifiedBy(() => new SvixWebhook(secret).verify(body, headers as Record<string, string>)),
    octokit: octokit.includes(true),
  };
}

function isVerifiedBy(verifyIt: () => unknown): boolean {
  try {
    verifyIt();
    return true;
  } catch (error) {
    if ((error as Error).message !== 'No matching signature found') throw error;
    return false;
  }
}

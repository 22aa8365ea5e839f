import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../../support/app.js';
import { ConnectProxy } from '../../support/connect-proxy.js';
import { eventually } from '../../support/api-client.js';
import { Receiver } from '../../support/receiver.js';
import { startTokenServer } from '../../support/token-server.js';
import { newSubscriber } from '../support/subscriber.js';

const AUTHORIZATION = `Basic ${Buffer.from('user:p@ss').toString('base64')}`;

describe('With DELIVERY_PROXY', () => {
  let proxy: ConnectProxy;
  let receiver: Receiver;
  let service: TestApp;

  beforeAll(async () => {
    proxy = await ConnectProxy.start({ authorization: AUTHORIZATION });
    receiver = await Receiver.start();
    const env = { DELIVERY_PROXY: proxy.url('user:p%40ss@'), WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/30' };
    service = await startApp({ env });
  });

  afterAll(async () => {
    await service.close();
    await receiver.close();
    await proxy.stop();
  });

  /** The samples of a metric of the proxy. */
  async function metric(name: string): Promise<string[]> {
    const text = await (await fetch(`${service.url}/metrics`)).text();
    return text.split('\n').filter((line) => line.startsWith(`docmap_delivery_proxy_${name}`));
  }

  /** Resolves after the service has found that the proxy is down. */
  async function proxyIsDown(): Promise<void> {
    const down = 'docmap_delivery_proxy_available 0';
    await eventually(
      async () => (await metric('available')).find((sample) => sample === down),
      'the metric of the proxy',
    );
  }

  it('sends every delivery through the proxy, to the checked address', async () => {
    const { publish, api } = await newSubscriber(service, receiver.url);
    await publish();
    await publish();
    expect(await api.log(2)).toMatchObject([{ status: 'success' }, { status: 'success' }]);
    expect(new Set(proxy.asked)).toEqual(new Set([`127.0.0.1:${receiver.port}`]));
    expect(await metric('available')).toEqual(['docmap_delivery_proxy_available 1']);
  });

  it('refuses a private target without a word to the proxy', async () => {
    const before = proxy.asked.length;
    const { publish, api, webhookId } = await newSubscriber(service, receiver.url);
    const { status } = await api.patch(`/v1/webhooks/${webhookId}`, { url: `http://127.0.0.9:${receiver.port}/` });
    expect(status).toBe(400);
    await publish();
    await api.log(1);
    expect(proxy.asked.slice(before)).toEqual([`127.0.0.1:${receiver.port}`]);
  });

  it('records a target that the proxy does not reach, and finds it by its class', async () => {
    proxy.answers.set('127.0.0.2', 403);
    const { publish, api } = await newSubscriber(service, receiver.url.replace('127.0.0.1', '127.0.0.2'));
    await publish();
    const error = 'connection refused by the proxy';
    expect(await api.log(1)).toMatchObject([{ status: 'failed', httpStatus: null, error }]);
    const { body } = await api.get('/v1/webhooks/deliveries?errorClass=proxy');
    expect(body.data.length).toBeGreaterThan(0);
    proxy.answers.delete('127.0.0.2');
  });

  it('delivers to healthy receivers at once while another one does not answer the proxy', async () => {
    proxy.answers.set('127.0.0.2', () => undefined);
    const dead = await newSubscriber(service, receiver.url.replace('127.0.0.1', '127.0.0.2'));
    for (let event = 0; event < 20; event += 1) await dead.publish();
    const healthy = await newSubscriber(service, receiver.url);
    const begin = performance.now();
    for (let event = 0; event < 20; event += 1) await healthy.publish();
    await healthy.api.log(20);
    expect(performance.now() - begin).toBeLessThan(5_000);
    await dead.api.delete(`/v1/webhooks/${dead.webhookId}`);
    proxy.answers.delete('127.0.0.2');
  });

  it('makes no attempt while the proxy is down, and delivers after it is back', async () => {
    const { port } = proxy;
    await proxy.stop();
    const { publish, api } = await newSubscriber(service, receiver.url);
    const { id } = await publish();
    await proxyIsDown();
    expect((await fetch(`${service.url}/health/ready`)).status).toBe(200);
    const { deliveries } = (await api.get(`/v1/events/${id}`)).body.data;
    expect(deliveries).toMatchObject([{ state: 'pending', attempts: 0 }]);
    proxy = await ConnectProxy.start({ port, authorization: AUTHORIZATION });
    expect(await api.log(1)).toMatchObject([{ status: 'success', attempt: 1 }]);
    expect(await metric('faults_total')).toContainEqual(
      expect.stringMatching(/^docmap_delivery_proxy_faults_total\{reason="unreachable"\} [1-9]/),
    );
  });

  it('asks for access tokens through the proxy, and makes no attempt without it', async () => {
    const tokens = await startTokenServer();
    const { publish, api, webhookId } = await newSubscriber(service, receiver.url);
    const auth = { type: 'oauth2', tokenUrl: tokens.url, clientId: 'client', clientSecret: 'secret' };
    expect((await api.patch(`/v1/webhooks/${webhookId}`, { auth })).status).toBe(200);
    const { port } = proxy;
    await proxy.stop();
    const { id } = await publish();
    await proxyIsDown();
    expect((await api.get(`/v1/events/${id}`)).body.data.deliveries).toMatchObject([{ state: 'pending', attempts: 0 }]);
    proxy = await ConnectProxy.start({ port, authorization: AUTHORIZATION });
    expect(await api.log(1)).toMatchObject([{ status: 'success', attempt: 1 }]);
    expect(proxy.asked).toContain(`127.0.0.1:${tokens.port}`);
    await tokens.close();
  });

  it('makes no attempt while the proxy refuses the credentials', async () => {
    const { port } = proxy;
    await proxy.stop();
    proxy = await ConnectProxy.start({ port, authorization: 'Basic others' });
    const { publish, api } = await newSubscriber(service, receiver.url);
    const { id } = await publish();
    await eventually(async () => proxy.asked[0], 'a request to the proxy');
    await proxy.stop();
    proxy = await ConnectProxy.start({ port, authorization: AUTHORIZATION });
    expect(await api.log(1)).toMatchObject([{ status: 'success', attempt: 1 }]);
    expect((await api.get(`/v1/events/${id}`)).body.data.deliveries).toMatchObject([{ attempts: 1 }]);
  });
});

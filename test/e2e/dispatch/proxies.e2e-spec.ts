import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';
import { RawReceiver } from '../support/raw-receiver.js';
import { newSubscriber } from '../support/subscriber.js';

const VARIABLES = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'];

describe('Proxy variables of the environment', () => {
  const before = Object.fromEntries([...VARIABLES, 'NO_PROXY', 'no_proxy'].map((name) => [name, process.env[name]]));
  let proxy: RawReceiver;
  let service: TestApp;

  beforeAll(async () => {
    proxy = await RawReceiver.start((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'));
    for (const name of Object.keys(before)) delete process.env[name];
    for (const name of VARIABLES) process.env[name] = proxy.url;
    service = await startApp();
  });

  afterAll(async () => {
    await service.close();
    await proxy.close();
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });

  it('do not redirect deliveries: the receiver itself gets them', async () => {
    const receiver = await Receiver.start();
    const { publish, api } = await newSubscriber(service, receiver.url);
    await publish();
    expect(await api.log(1)).toMatchObject([{ status: 'success' }]);
    expect(receiver.requests).toHaveLength(1);
    expect(proxy.connections).toBe(0);
    await receiver.close();
  });
});

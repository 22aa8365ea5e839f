import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { NameResolver } from '../../../src/dispatcher/target-lookup.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';
import { RawReceiver } from '../support/raw-receiver.js';
import { newSubscriber } from '../support/subscriber.js';

const REFUSED = { status: 'failed', httpStatus: null, error: 'target address is not allowed' };

/** Has one rule for each name. The rule gets the number of earlier lookups. */
class ScriptedResolver extends NameResolver {
  readonly asked: string[] = [];

  constructor(private readonly rules: Record<string, (time: number) => Promise<string[]> | string[]>) {
    super();
  }

  override async resolve(hostname: string): Promise<string[]> {
    this.asked.push(hostname);
    return this.rules[hostname]?.(this.asked.filter((name) => name === hostname).length) ?? [];
  }
}

describe('The target of a delivery', () => {
  let listener: RawReceiver;

  const urlOf = (name: string): string => `http://${name}.example:${listener.port}/`;

  beforeEach(async () => {
    listener = await RawReceiver.start((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'));
  });

  afterEach(async () => {
    await listener.close();
  });

  describe('when no private network is allowed', () => {
    const resolver = new ScriptedResolver({ 'local.example': () => ['127.0.0.1'] });
    let service: TestApp;

    beforeAll(async () => {
      service = await start('', resolver);
    });

    afterAll(async () => {
      await service.close();
    });

    it.each([
      ['IPv4', (port: number) => `http://127.0.0.1:${port}/`],
      ['another way to write it', (port: number) => `http://0x7f.1:${port}/`],
      ['IPv6', (port: number) => `http://[::1]:${port}/`],
      ['IPv4 inside of IPv6', (port: number) => `http://[::ffff:127.0.0.1]:${port}/`],
      ['the unspecified address', (port: number) => `http://0.0.0.0:${port}/`],
      ['HTTPS', (port: number) => `https://127.0.0.1:${port}/`],
      ['a name', (port: number) => `http://local.example:${port}/`],
    ])('is refused for a loopback address before a connection is made: %s', async (_case, write) => {
      const url = write(listener.port);
      expect(await recordOf(service, url)).toMatchObject({ ...REFUSED, url });
      expect(listener.connections).toBe(0);
    });
  });

  describe('when one address is allowed', () => {
    const resolver = new ScriptedResolver({
      'fine.example': () => ['127.0.0.1'],
      'first.example': () => ['127.0.0.2', '127.0.0.1'],
      'last.example': () => ['127.0.0.1', '127.0.0.2'],
      'family.example': () => ['127.0.0.1', '::1'],
      'changing.example': (time) => (time === 1 ? ['127.0.0.1'] : ['127.0.0.2']),
      'failing.example': () => Promise.reject(new Error('queryA ENOTFOUND')),
      'empty.example': () => [],
      'silent.example': () => new Promise(() => undefined),
    });
    let service: TestApp;

    beforeAll(async () => {
      service = await start('127.0.0.1/32', resolver);
    });

    afterAll(async () => {
      await service.close();
    });

    it('is the address of the name in the URL, with that name as the host', async () => {
      const receiver = await Receiver.start();
      const record = await recordOf(service, `http://fine.example:${receiver.port}/`);
      expect(record).toMatchObject({ status: 'success' });
      expect(receiver.requests[0]!.headers.host).toBe(`fine.example:${receiver.port}`);
      await receiver.close();
    });

    it.each(['first', 'last', 'family'])('is refused for a name when one of its addresses is: %s', async (name) => {
      expect(await recordOf(service, urlOf(name))).toMatchObject(REFUSED);
      expect(listener.connections).toBe(0);
    });

    it('is resolved again for every connection', async () => {
      // This receiver closes each connection, so the next delivery needs a new one.
      expect(await recordOf(service, urlOf('changing'))).toMatchObject({ status: 'success' });
      expect(await recordOf(service, urlOf('changing'))).toMatchObject(REFUSED);
      expect(resolver.asked.filter((name) => name === 'changing.example')).toHaveLength(2);
      expect(listener.connections).toBe(1);
    });

    it.each([
      ['is not resolved', 'failing', 'DNS lookup failed'],
      ['has no address', 'empty', 'DNS lookup failed'],
      ['gets no answer', 'silent', 'The operation was aborted due to timeout'],
    ])('does not exist when its name %s', async (_case, name, error) => {
      expect(await recordOf(service, urlOf(name))).toMatchObject({ status: 'failed', httpStatus: null, error });
      expect(listener.connections).toBe(0);
    });
  });
});

function start(allowed: string, resolver: NameResolver): Promise<TestApp> {
  return startApp({
    env: { WEBHOOK_ALLOWED_NETWORKS: allowed, RETRY_SCHEDULE: '0s', DELIVERY_TIMEOUT_MS: '2000' },
    override: (builder) => builder.overrideProvider(NameResolver).useValue(resolver),
  });
}

/** The record of a delivery to a URL that is written into the database. */
async function recordOf(service: TestApp, url: string): Promise<Record<string, unknown>> {
  const { webhookUuid, publish, api } = await newSubscriber(service, 'https://your-app.example/webhooks');
  await service.app.get(PrismaService).webhook.update({ where: { id: webhookUuid }, data: { url } });
  await publish();
  const [record] = await api.log(1);
  return record!;
}

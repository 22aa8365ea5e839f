import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { lookup } from 'node:dns/promises';
import { hostname } from 'node:os';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { NameServer } from '../../test/support/name-server.js';
import { TargetPolicy } from '../targets/target-policy.js';
import { createWebhookHttp } from './http-transport.js';
import { TargetAgents } from './target-agents.js';
import { NameResolutionError, TargetRefusedError } from './target-errors.js';
import { DnsNameResolver } from './target-lookup.js';

const ZONE = {
  'both.example': { addresses: ['198.41.0.4', '192.33.4.12', '2001:500:2::c'] },
  'six.example': { addresses: ['2001:500:2::c'] },
  'mapped.example': { addresses: ['::ffff:127.0.0.1'] },
  'mixed.example': { addresses: ['198.41.0.4', 'fd00::1'] },
  'alias.example': { addresses: ['127.0.0.1'], alias: 'target.example' },
  'fast.example': { addresses: ['127.0.0.1'] },
  'empty.example': { addresses: [] },
  'slow.example': { addresses: ['127.0.0.1'], delayMs: 1_300 },
  'silent.example': 'silence',
  'silent-six.example': { addresses: ['127.0.0.1', '::1'], silentFor: 'AAAA' },
  'silent-four.example': { addresses: ['2001:500:2::c', '127.0.0.1'], silentFor: 'A' },
  'slow-six.example': { addresses: ['2001:500:2::c'], delayMs: 400, delayFor: 'AAAA' },
} as const;

describe('The resolver of names', () => {
  let server: NameServer;
  let resolver: DnsNameResolver;

  beforeEach(async () => {
    server = await NameServer.start(structuredClone(ZONE) as never);
    resolver = new DnsNameResolver([server.address]);
  });

  afterEach(async () => {
    await server.stop();
  });

  it('finds all addresses of a name, of both families', async () => {
    expect(await resolver.resolve('both.example')).toEqual(['198.41.0.4', '192.33.4.12', '2001:500:2::c']);
    expect(await resolver.resolve('six.example')).toEqual(['2001:500:2::c']);
    expect(await resolver.resolve('alias.example')).toEqual(['127.0.0.1']);
  });

  it('asks the name server again each time, with any lifetime of the answer', async () => {
    for (let time = 0; time < 3; time += 1) await resolver.resolve('fast.example');
    expect(server.asked.filter((question) => question === 'fast.example A')).toHaveLength(3);
  });

  it.each(['empty.example', 'unknown.example', 'a..example', `${'a'.repeat(64)}.example`, '.', ''])(
    'says that there is no address: %j',
    async (name) => {
      await expect(resolver.resolve(name)).rejects.toBeInstanceOf(NameResolutionError);
    },
  );

  it('looks neither into the hosts file nor through search domains', async () => {
    const local = ['localhost', hostname()];
    expect((await lookup('localhost')).address).toMatch(/^(127\.0\.0\.1|::1)$/);
    for (const name of local) await expect(resolver.resolve(name)).rejects.toBeInstanceOf(NameResolutionError);
    const questions = local.flatMap((name) => [`${name.toLowerCase()} A`, `${name.toLowerCase()} AAAA`]);
    expect([...server.asked].sort()).toEqual(questions.sort());
  });

  it('waits for a slow answer, even after many quick ones', async () => {
    for (let time = 0; time < 5; time += 1) await resolver.resolve('fast.example');
    expect(await resolver.resolve('slow.example')).toEqual(['127.0.0.1']);
  });

  it.each([
    ['AAAA', 'silent-six.example', ['127.0.0.1']],
    ['A', 'silent-four.example', ['2001:500:2::c']],
  ])('continues with one family when the name server never answers %s', async (_type, name, addresses) => {
    const begin = performance.now();
    expect(await resolver.resolve(name)).toEqual(addresses);
    // The wait is 50 ms. Without the rule it is 5 s.
    expect(performance.now() - begin).toBeLessThan(4_000);
  });

  it('waits for the second family when the first one has no address', async () => {
    expect(await resolver.resolve('slow-six.example')).toEqual(['2001:500:2::c']);
  });

  it('gives a name up when it is never answered, without a delay of other names', async () => {
    const silent = Array.from({ length: 50 }, () =>
      resolver.resolve('silent.example').catch((error: unknown) => error),
    );
    const order: string[] = [];
    const all = Promise.all(silent).then((errors) => {
      order.push('silent');
      return errors;
    });
    for (let time = 0; time < 20; time += 1) await resolver.resolve('fast.example');
    order.push('fast');
    for (const error of await all) expect(error).toBeInstanceOf(NameResolutionError);
    expect(order).toEqual(['fast', 'silent']);
  });

  it('gives a name up before the deadline, with any number of name servers', async () => {
    const others = await Promise.all([1, 2, 3].map(async () => NameServer.start({ 'silent.example': 'silence' })));
    const begin = performance.now();
    const many = new DnsNameResolver([server, ...others].map(({ address }) => address));
    await expect(many.resolve('silent.example')).rejects.toBeInstanceOf(NameResolutionError);
    expect(performance.now() - begin).toBeLessThan(9_000);
    await Promise.all(others.map((other) => other.stop()));
  });

  describe('in a delivery', () => {
    let receiver: Server;
    let received: number;

    beforeEach(async () => {
      received = 0;
      receiver = createServer((_request, response) => {
        received += 1;
        response.setHeader('connection', 'close').end();
      });
      receiver.listen(0, '127.0.0.1');
      await once(receiver, 'listening');
    });

    afterEach(async () => {
      receiver.close();
      await once(receiver, 'close');
    });

    /** Sends to each name at once. */
    async function send(allowedNetworks: string[], ...names: string[]): Promise<unknown[]> {
      const agents = new TargetAgents(new TargetPolicy({ allowedNetworks }), resolver, {
        deliveryTimeoutMs: 10_000,
      });
      const http = createWebhookHttp(agents);
      const port = (receiver.address() as AddressInfo).port;
      const sent = names.map(async (name) => {
        const url = `http://${name}:${port}/`;
        const request = http.request({ method: 'POST', url, headers: {}, data: '{}' });
        return request.then(({ status }) => status).catch((error: unknown) => error);
      });
      const results = await Promise.all(sent);
      await agents.destroy();
      return results;
    }

    it('reaches the address that the name server gives, by an alias too', async () => {
      expect(await send(['127.0.0.1/32'], 'fast.example', 'alias.example', 'slow.example')).toEqual([200, 200, 200]);
      expect(received).toBe(3);
    });

    it.each(['mapped.example', 'mixed.example', 'alias.example', 'fast.example'])(
      'is refused where an address is refused: %s',
      async (name) => {
        expect(await send([], name)).toEqual([expect.any(TargetRefusedError)]);
        expect(received).toBe(0);
      },
    );

    it('reaches a receiver without a wait of 5 s when its name server never answers AAAA', async () => {
      const begin = performance.now();
      expect(await send(['127.0.0.1/32'], 'silent-six.example')).toEqual([200]);
      expect(performance.now() - begin).toBeLessThan(4_000);
    });

    it('reaches the others while a name is not answered', async () => {
      const answered = send(['127.0.0.1/32'], ...Array.from({ length: 20 }, () => 'fast.example'));
      const silent = send(['127.0.0.1/32'], 'silent.example');
      expect(await Promise.race([answered, silent])).toEqual(Array.from({ length: 20 }, () => 200));
      expect(await silent).toEqual([expect.any(NameResolutionError)]);
    });
  });
});

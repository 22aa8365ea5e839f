import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { createSecureContext } from 'node:tls';
import { CertificateAuthority, type ServerCertificate } from '../../test/support/certificates.js';
import { ConnectProxy } from '../../test/support/connect-proxy.js';
import { Receiver } from '../../test/support/receiver.js';
import { LocalShortageError } from '../common/local-shortage.error.js';
import { parseProxyAddress } from '../config/proxy-address.js';
import { TargetPolicy } from '../targets/target-policy.js';
import { Deadline } from './deadline.js';
import { HttpProxy } from './http-proxy.js';
import { createWebhookHttp } from './http-transport.js';
import { NotReadyError } from './not-ready.error.js';
import { AccessTokens } from './access-tokens.js';
import { ProxyConnector } from './proxy-connector.js';
import { ProxyHealth } from './proxy-health.js';
import { TargetAgents } from './target-agents.js';
import { NameResolver, policedLookup } from './target-lookup.js';
import { HttpWebhookSender, type WebhookConnection } from './webhook-sender.js';
import { WebhookHttpService } from './webhook-http.service.js';

class Names extends NameResolver {
  readonly addresses = new Map<string, string[]>();

  override async resolve(hostname: string): Promise<string[]> {
    return this.addresses.get(hostname) ?? [];
  }
}

let directory: string;
let ca: string;
let certificate: ServerCertificate;
let named: ServerCertificate;

/** Trusts the authority of these tests. */
class TrustingSender extends HttpWebhookSender {
  protected override connectionOf(): WebhookConnection {
    return { tls: { ca } };
  }
}

/** Sends through a proxy, with the whole transport of deliveries. */
class Caller {
  readonly names = new Names();
  readonly health = new ProxyHealth();
  private readonly agents: TargetAgents;
  private readonly sender: HttpWebhookSender;

  constructor(
    readonly proxyUrl: string,
    private readonly timeoutMs = 2_000,
    allowedNetworks = ['127.0.0.0/8', '::1/128'],
  ) {
    const policy = new TargetPolicy({ allowedNetworks });
    const context = createSecureContext({ ca });
    const proxy = new HttpProxy(parseProxyAddress(proxyUrl)!, timeoutMs / 4, context);
    const connector = new ProxyConnector(proxy, this.health, policedLookup(policy, this.names));
    this.agents = new TargetAgents(policy, this.names, { deliveryTimeoutMs: timeoutMs }, connector);
    this.sender = new TrustingSender(
      new WebhookHttpService(createWebhookHttp(this.agents), new AccessTokens(this.agents)),
    );
  }

  /** The error of the outcome: null after a success. An attempt that was not made gives the error itself. */
  async call(url: string, userId = 'uid_1'): Promise<string | null | Error> {
    const deadline = Deadline.join(undefined, this.timeoutMs);
    const request = { webhookId: 'webhook-1', userId, metadata: {}, url, headers: {}, body: '{}' };
    try {
      return (await this.sender.send(request, deadline.signal)).error;
    } catch (error) {
      return error as Error;
    } finally {
      deadline.leave();
    }
  }

  stop(): Promise<void> {
    return this.agents.destroy();
  }
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'docmap-test-proxy-'));
  const authority = await CertificateAuthority.create(directory);
  ca = (await authority.selfSigned()).cert;
  certificate = await authority.issue('loopback', { name: 'IP:127.0.0.1' });
  named = await authority.issue('named', { name: 'DNS:hooks.example.com' });
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

/** Waits until undici may use the connection of an answer again. */
async function released(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await setImmediate();
}

describe('A webhook behind a proxy', () => {
  let proxy: ConnectProxy;
  let receiver: Receiver;
  let caller: Caller;

  beforeEach(async () => {
    proxy = await ConnectProxy.start();
    receiver = await Receiver.start();
    caller = new Caller(proxy.url());
  });

  afterEach(async () => {
    await caller.stop();
    await receiver.close();
    await proxy.stop();
  });

  const hooks = (port = receiver.port, scheme = 'http') => `${scheme}://hooks.example.com:${port}/in`;

  it('gets its requests through the proxy, over http', async () => {
    expect(await caller.call(receiver.url)).toBeNull();
    expect(receiver.requests).toMatchObject([{ path: '/webhooks/docmap', body: '{}' }]);
    expect(proxy.asked).toEqual([`127.0.0.1:${receiver.port}`]);
    expect(proxy.headers).toEqual([{ host: `127.0.0.1:${receiver.port}` }]);
  });

  it('gets its requests through the proxy, over https with its own certificate', async () => {
    const secure = await Receiver.start(undefined, named);
    caller.names.addresses.set('hooks.example.com', ['127.0.0.1']);
    expect(await caller.call(hooks(secure.port, 'https'))).toBeNull();
    expect(proxy.asked).toEqual([`127.0.0.1:${secure.port}`]);
    await secure.close();
  });

  it('is refused when its certificate is for another name', async () => {
    const secure = await Receiver.start(undefined, certificate);
    caller.names.addresses.set('hooks.example.com', ['127.0.0.1']);
    expect(await caller.call(hooks(secure.port, 'https'))).toBe('TLS certificate is for another host');
    expect(secure.requests).toEqual([]);
    await secure.close();
  });

  it('is named to the proxy by its checked address only', async () => {
    caller.names.addresses.set('hooks.example.com', ['127.0.0.1']);
    expect(await caller.call(hooks())).toBeNull();
    expect(receiver.requests[0]?.headers.host).toBe(`hooks.example.com:${receiver.port}`);
    expect(proxy.asked).toEqual([`127.0.0.1:${receiver.port}`]);
  });

  it.each([
    ['10.0.0.1', ['10.0.0.1']],
    ['hooks.example.com', ['10.0.0.1']],
    ['hooks.example.com', ['127.0.0.1', '169.254.169.254']],
    ['[::ffff:127.0.0.1]', []],
  ])('is refused without a word to the proxy when %s has the addresses %j', async (host, addresses) => {
    caller.names.addresses.set(host, addresses);
    for (const scheme of ['http', 'https']) {
      expect(await caller.call(`${scheme}://${host}:${receiver.port}/`)).toBe('target address is not allowed');
    }
    expect(proxy.connections).toBe(0);
  });

  it('fails without a word to the proxy when its name has no address', async () => {
    expect(await caller.call(hooks())).toBe('DNS lookup failed');
    expect(proxy.connections).toBe(0);
  });

  it('is checked again for each tunnel when its name changes its address', async () => {
    caller.names.addresses.set('hooks.example.com', ['127.0.0.1']);
    expect(await caller.call(hooks())).toBeNull();
    caller.names.addresses.set('hooks.example.com', ['10.0.0.1']);
    expect(await caller.call(hooks(), 'uid_2')).toBe('target address is not allowed');
    expect(proxy.asked).toHaveLength(1);
  });

  it('is reached at its next address when the proxy has no connection to the first', async () => {
    caller.names.addresses.set('hooks.example.com', ['127.0.0.9', '127.0.0.1', '::1']);
    proxy.answers.set('127.0.0.9', 503);
    proxy.answers.set('[::1]', 403);
    expect(await caller.call(hooks())).toBeNull();
    const { port } = receiver;
    expect(proxy.asked).toEqual([`127.0.0.9:${port}`, `[::1]:${port}`, `127.0.0.1:${port}`]);
  });

  it('is reached at its next address when the proxy gives no answer for the first', async () => {
    caller.names.addresses.set('hooks.example.com', ['127.0.0.9', '127.0.0.1']);
    proxy.answers.set('127.0.0.9', () => undefined);
    expect(await caller.call(hooks())).toBeNull();
    expect(proxy.asked).toHaveLength(2);
  });

  it('keeps its tunnel for further requests, and gets a new one when it was closed', async () => {
    expect(await caller.call(receiver.url)).toBeNull();
    await released();
    expect(await caller.call(receiver.url)).toBeNull();
    await released();
    expect(proxy.asked).toHaveLength(1);
    await proxy.stop();
    proxy = await ConnectProxy.start({ port: Number(new URL(caller.proxyUrl).port) });
    expect(await caller.call(receiver.url)).toBeNull();
    expect(proxy.asked).toHaveLength(1);
  });

  it('shares no tunnel with a webhook of another user', async () => {
    expect(await caller.call(receiver.url, 'uid_1')).toBeNull();
    expect(await caller.call(receiver.url, 'uid_2')).toBeNull();
    expect(proxy.asked).toHaveLength(2);
  });

  it('fails when bytes come through the tunnel before the request', async () => {
    proxy.answer = (client) => client.write('HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
    expect(await caller.call(receiver.url)).toBe('invalid HTTP response');
    expect(await caller.call(receiver.url.replace('http:', 'https:'))).toBe('TLS handshake failed');
  });

  it.each(['content-length: 5', 'transfer-encoding: chunked'])(
    'is reached when the answer to CONNECT says %s',
    async (header) => {
      proxy.answer = (client) => {
        client.write(`HTTP/1.1 200 OK\r\n${header}\r\n\r\n`);
        client.once('data', () => client.write('HTTP/1.1 204 No Content\r\n\r\n'));
      };
      expect(await caller.call(receiver.url)).toBeNull();
    },
  );

  it.each([
    [403, 'connection refused by the proxy'],
    [404, 'connection refused by the proxy'],
    [302, 'connection refused by the proxy'],
    [500, 'connection failed at the proxy'],
    [502, 'connection failed at the proxy'],
    [503, 'connection failed at the proxy'],
    [504, 'connection failed at the proxy'],
  ])('fails itself when the proxy answers %i for it alone', async (status, error) => {
    proxy.answer = status;
    expect(await caller.call(receiver.url)).toBe(error);
    expect(await caller.call(receiver.url)).toBe(error);
  });

  it('fails itself when the proxy never answers for it alone', async () => {
    proxy.answer = () => undefined;
    expect(await caller.call(receiver.url)).toBe('The operation was aborted due to timeout');
  });

  it.each([
    ['502', 502],
    ['403', 403],
    ['no answer', () => undefined],
  ])('does not fail when the proxy gives %s for every target', async (_what, answer) => {
    caller = new Caller(proxy.url(), 400);
    proxy.answer = answer;
    const call = (last: number) => caller.call(`http://127.0.0.${last}:${receiver.port}/`);
    expect(typeof (await call(2))).toBe('string');
    expect(typeof (await call(3))).toBe('string');
    expect(await call(4)).toBeInstanceOf(NotReadyError);
    expect(await call(2)).toBeInstanceOf(NotReadyError);
    expect(caller.health.isAvailable).toBe(false);
    proxy.answers.set('127.0.0.1', 'tunnel');
    expect(await caller.call(receiver.url)).toBeNull();
    expect(caller.health.isAvailable).toBe(true);
    expect(typeof (await call(4))).toBe('string');
  });

  it('fails itself when another one was reached while the proxy tried to reach it', async () => {
    for (const last of [2, 3]) {
      proxy.answers.set(`127.0.0.${last}`, 503);
      await caller.call(`http://127.0.0.${last}:${receiver.port}/`);
    }
    const asked = new Promise<Duplex>((resolve) => proxy.answers.set('127.0.0.4', resolve));
    const late = caller.call(`http://127.0.0.4:${receiver.port}/`);
    const client = await asked;
    expect(await caller.call(receiver.url)).toBeNull();
    client.end('HTTP/1.1 503 Service Unavailable\r\n\r\n');
    expect(await late).toBe('connection failed at the proxy');
  });

  it('waits alone when the proxy closes the connection without an answer', async () => {
    proxy.answer = (client) => client.destroy();
    expect(await caller.call(receiver.url)).toBeInstanceOf(NotReadyError);
  });

  it('waits alone when the proxy refuses the credentials for it, and accepted them before', async () => {
    expect(await caller.call(receiver.url)).toBeNull();
    proxy.answers.set('127.0.0.2', 407);
    expect(await caller.call(`http://127.0.0.2:${receiver.port}/`)).toBeInstanceOf(NotReadyError);
  });
});

describe('A proxy with TLS and credentials', () => {
  const authorization = `Basic ${Buffer.from('user:p@ss').toString('base64')}`;
  let receiver: Receiver;
  let proxy: ConnectProxy;

  beforeEach(async () => {
    receiver = await Receiver.start(undefined, certificate);
    proxy = await ConnectProxy.start({ tls: certificate, authorization });
  });

  afterEach(async () => {
    await proxy.stop();
    await receiver.close();
  });

  it('tunnels requests over TLS in TLS, and keeps the tunnel', async () => {
    const caller = new Caller(proxy.url('user:p%40ss@'));
    expect(await caller.call(receiver.url)).toBeNull();
    await released();
    expect(await caller.call(receiver.url)).toBeNull();
    expect(proxy.headers.map((headers) => headers['proxy-authorization'])).toEqual([authorization]);
    expect(receiver.requests).toHaveLength(2);
    expect(receiver.requests[0]?.headers).not.toHaveProperty('proxy-authorization');
    await caller.stop();
  });

  it('tunnels plain requests over TLS', async () => {
    const plain = await Receiver.start();
    const caller = new Caller(proxy.url('user:p%40ss@'));
    expect(await caller.call(plain.url)).toBeNull();
    await caller.stop();
    await plain.close();
  });

  it('is unavailable when the credentials are wrong', async () => {
    const caller = new Caller(proxy.url('user:wrong@'));
    const error = await caller.call(receiver.url);
    expect(error).toBeInstanceOf(LocalShortageError);
    expect(String(error)).toMatch(/refused the credentials/);
    expect(String(error)).not.toMatch(/wrong|user/);
    await caller.stop();
  });

  it('is unavailable when its certificate is for another name', async () => {
    const other = await ConnectProxy.start({ tls: named });
    const caller = new Caller(other.url());
    const error = await caller.call(receiver.url);
    expect(error).toBeInstanceOf(LocalShortageError);
    expect(String(error)).toMatch(/does not match certificate's altnames/);
    expect(other.asked).toEqual([]);
    await caller.stop();
    await other.stop();
  });
});

/** Each proxy, with the kind of error: all sending is suspended, or the webhook waits. */
const HOSTILE: [string, (client: Socket) => void, typeof LocalShortageError | typeof NotReadyError][] = [
  ['sends bytes that are not HTTP', (client) => client.write('SSH-2.0-OpenSSH_9.2\r\n'), LocalShortageError],
  ['sends a head without end', (client) => flood(client, `x: ${'y'.repeat(1_000)}\r\n`), LocalShortageError],
  ['sends one endless header', (client) => flood(client, 'y'.repeat(1_000)), LocalShortageError],
  ['closes in the middle of the head', (client) => client.end('HTTP/1.1 200 OK\r\nx: '), LocalShortageError],
  ['drips the head', (client) => drip(client), NotReadyError],
  ['sends interim answers without end', (client) => interim(client), LocalShortageError],
  ['resets the connection', (client) => client.resetAndDestroy(), NotReadyError],
  ['closes the connection', (client) => client.end(), NotReadyError],
];

function flood(client: Socket, text: string): void {
  client.write('HTTP/1.1 200 OK\r\nx: ');
  const more = (): void => {
    while (client.writable && client.write(text));
  };
  client.on('drain', more);
  more();
}

function drip(client: Socket): void {
  client.write('HTTP/1.1 200 OK\r\nx: ');
  const timer = setInterval(() => client.write('y'), 20);
  client.once('close', () => clearInterval(timer));
}

function interim(client: Socket): void {
  const timer = setInterval(() => client.write('HTTP/1.1 100 Continue\r\n\r\n'), 20);
  client.once('close', () => clearInterval(timer));
}

describe('A hostile proxy', () => {
  let server: Server;
  const sockets = new Set<Socket>();
  let behave: (client: Socket) => void;

  beforeEach(async () => {
    server = createTcpServer((client) => {
      sockets.add(client);
      client.on('error', () => undefined).on('close', () => sockets.delete(client));
      client.once('data', () => behave(client));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(async () => {
    for (const client of sockets) client.destroy();
    server.close();
    await once(server, 'close');
  });

  const url = (scheme = 'http') => `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;

  it.each(HOSTILE)('costs no attempt when it %s', async (_what, hostile, kind) => {
    behave = hostile;
    const caller = new Caller(url(), 600);
    const begin = performance.now();
    expect(await caller.call('http://127.0.0.1:9/')).toBeInstanceOf(kind);
    // The error of the kind says that the time limit of the proxy ended it. Without one, it would hang.
    expect(performance.now() - begin).toBeLessThan(10_000);
    expect(caller.health.isAvailable).toBe(false);
    await caller.stop();
    await closed(sockets);
  });

  it('costs no attempt when nothing listens', async () => {
    const caller = new Caller('http://127.0.0.1:9');
    expect(await caller.call('http://127.0.0.1:9/')).toBeInstanceOf(LocalShortageError);
    await caller.stop();
  });

  it('costs no attempt when its name has no address', async () => {
    const caller = new Caller('http://proxy.invalid:3128');
    expect(await caller.call('http://127.0.0.1:9/')).toBeInstanceOf(LocalShortageError);
    await caller.stop();
  });

  it('costs no attempt when its TLS handshake does not end', async () => {
    behave = () => undefined;
    const caller = new Caller(url('https'), 600);
    const error = await caller.call('http://127.0.0.1:9/');
    expect([LocalShortageError, NotReadyError]).toContain((error as Error).constructor);
    await caller.stop();
  });
});

async function closed(sockets: ReadonlySet<Socket>): Promise<void> {
  await Promise.all([...sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve))));
}

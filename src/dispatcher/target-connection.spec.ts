import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import type { Dispatcher } from 'undici';
import { TargetPolicy } from '../targets/target-policy.js';
import type { KeptBody } from './http-exchange.js';
import { createWebhookHttp } from './http-transport.js';
import { TargetAgents } from './target-agents.js';
import { NameResolutionError, TargetRefusedError } from './target-errors.js';
import { NameResolver } from './target-lookup.js';

/** A listener on loopback. No other address occurs in these tests: none is dialled even if the policy is not called. */
class Listener {
  connections = 0;
  readonly hosts: (string | undefined)[] = [];
  private readonly server: Server = createServer((incoming, response) => {
    this.hosts.push(incoming.headers.host);
    response.setHeader('connection', 'close').end('reached');
  });

  async start(): Promise<this> {
    this.server.on('connection', () => (this.connections += 1));
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return this;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

class NamedResolver extends NameResolver {
  constructor(private readonly answers: string[][]) {
    super();
  }

  override async resolve(): Promise<string[]> {
    const answer = this.answers.shift();
    if (answer === undefined) throw new Error('It was asked more often than expected');
    return answer;
  }
}

const nothingAllowed = new TargetPolicy({ allowedNetworks: [] });
const loopbackAllowed = new TargetPolicy({ allowedNetworks: ['127.0.0.0/8'] });
const firstAllowed = new TargetPolicy({ allowedNetworks: ['127.0.0.1/32'] });
const secondAllowed = new TargetPolicy({ allowedNetworks: ['127.0.0.2/32'] });

describe('A connection to a webhook', () => {
  let listener: Listener;
  let opened: Dispatcher[];

  beforeEach(async () => {
    listener = await new Listener().start();
    opened = [];
  });

  afterEach(async () => {
    await Promise.all(opened.map((agents) => agents.destroy()));
    await listener.stop();
  });

  /** Calls a URL. PORT stands for the port of the listener. Each look-up of a name gets the next answer. */
  function caller(policy: TargetPolicy, ...answers: string[][]): (url: string) => Promise<unknown> {
    const agents = new TargetAgents(policy, new NamedResolver(answers), { deliveryTimeoutMs: 10_000 });
    opened.push(agents);
    const http = createWebhookHttp(agents);
    return async (url) => {
      try {
        const options = { method: 'POST', url: url.replace('PORT', String(listener.port)), headers: {}, data: '' };
        const { data } = await http.request<KeptBody>(options);
        return data.text;
      } catch (error) {
        return error;
      }
    };
  }

  it.each([
    'http://127.0.0.1:PORT/',
    'https://127.0.0.1:PORT/',
    'http://127.1:PORT/',
    'http://2130706433:PORT/',
    'http://0x7f.0.0.1:PORT/',
    'http://%31%32%37.0.0.1:PORT/',
    'http://0.0.0.0:PORT/',
    'http://0:PORT/',
    'http://[::]:PORT/',
    'http://[::1]:PORT/',
    'https://[::1]:PORT/',
    'http://[::ffff:127.0.0.1]:PORT/',
    'http://[::ffff:7f00:1]:PORT/',
    'http://[::127.0.0.1]:PORT/',
  ])('is never made to the refused address %s', async (url) => {
    expect(await caller(nothingAllowed)(url)).toBeInstanceOf(TargetRefusedError);
    expect(listener.connections).toBe(0);
  });

  it('is never made to an allowed address in disguise', async () => {
    expect(await caller(loopbackAllowed)('http://[::ffff:127.0.0.1]:PORT/')).toBeInstanceOf(TargetRefusedError);
    expect(listener.connections).toBe(0);
  });

  it('is made to an allowed address', async () => {
    expect(await caller(loopbackAllowed)('http://127.0.0.1:PORT/')).toBe('reached');
    expect(listener.connections).toBe(1);
  });

  it('is made to the address of a name, with the name as its host', async () => {
    expect(await caller(loopbackAllowed, ['127.0.0.1'])('http://hooks.example.com:PORT/')).toBe('reached');
    expect(listener.hosts).toEqual([`hooks.example.com:${listener.port}`]);
  });

  it.each([
    ['http', [['127.0.0.1']]],
    ['https', [['127.0.0.1']]],
    ['http', [['127.0.0.2', '127.0.0.1']]],
    ['http', [['127.0.0.1', '127.0.0.2']]],
    ['http', [['127.0.0.2', '::1']]],
  ])('is never made over %s to a name with a refused address: %j', async (scheme, answers) => {
    const call = caller(secondAllowed, ...answers);
    expect(await call(`${scheme}://hooks.example.com:PORT/`)).toBeInstanceOf(TargetRefusedError);
    expect(listener.connections).toBe(0);
  });

  it('is never made to a name when its address has changed to a refused one', async () => {
    const answers = [['127.0.0.1'], ['127.0.0.2'], ['127.0.0.1']];
    const url = 'http://rebinding.example.com:PORT/';
    const call = caller(firstAllowed, ...answers);
    expect(await call(url)).toBe('reached');
    expect(await call(url)).toBeInstanceOf(TargetRefusedError);
    expect(await call(url)).toBe('reached');
    expect(listener.connections).toBe(2);
  });

  it('fails when a name has no address, and the process continues', async () => {
    expect(await caller(loopbackAllowed, [])('http://hooks.example.com:PORT/')).toBeInstanceOf(NameResolutionError);
  });

  it('is closed in the middle of its handshake when its request is given up', async () => {
    const silent = createTcpServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const agents = new TargetAgents(loopbackAllowed, new NamedResolver([]), { deliveryTimeoutMs: 600_000 });
    opened.push(agents);
    const givenUp = new AbortController();
    const { port } = silent.address() as AddressInfo;
    const options = {
      method: 'POST',
      url: `https://127.0.0.1:${port}/`,
      headers: {},
      data: '',
      signal: givenUp.signal,
    };
    const sent = createWebhookHttp(agents).request(options);
    const [socket] = (await once(silent, 'connection')) as [Socket];
    const closed = once(socket.resume(), 'close');
    givenUp.abort(new Error('The time is over'));
    await expect(sent).rejects.toThrow('The time is over');
    await closed;
    silent.close();
  });
});

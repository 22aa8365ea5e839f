import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { request, type Agent } from 'undici';
import { TargetPolicy } from '../targets/target-policy.js';
import { createAgent } from './http-transport.js';
import { NameResolutionError, TargetRefusedError } from './target-errors.js';
import { NameResolver } from './target-lookup.js';

/** A listener on loopback, which alone is ever dialled here: whether it may be is the policy's decision. */
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

describe('A connection to a webhook', () => {
  let listener: Listener;
  let agent: Agent;

  beforeEach(async () => {
    listener = await new Listener().start();
  });

  afterEach(async () => {
    await agent.destroy();
    await listener.stop();
  });

  /** What comes of a request to a host and the listener's port; the names it asks for get these addresses in turn. */
  async function call(url: string, policy: TargetPolicy, ...answers: string[][]): Promise<unknown> {
    agent ??= createAgent(policy, new NamedResolver(answers));
    try {
      const { body } = await request(url.replace('PORT', String(listener.port)), { dispatcher: agent, method: 'POST' });
      return await body.text();
    } catch (error) {
      return error;
    }
  }

  beforeEach(() => {
    agent = undefined as unknown as Agent;
  });

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
    'http://[64:ff9b::127.0.0.1]:PORT/',
  ])('is never made to %s, an address that is refused', async (url) => {
    expect(await call(url, nothingAllowed)).toBeInstanceOf(TargetRefusedError);
    expect(listener.connections).toBe(0);
  });

  it('is never made to an allowed address in disguise', async () => {
    expect(await call('http://[::ffff:127.0.0.1]:PORT/', loopbackAllowed)).toBeInstanceOf(TargetRefusedError);
    expect(listener.connections).toBe(0);
  });

  it.each([
    'http://169.254.169.254:PORT/latest/meta-data/',
    'http://[fe80::a9fe:a9fe]:PORT/',
    'http://[fd00:ec2::254]:PORT/',
    'http://168.63.129.16:PORT/',
  ])('is never made to %s, whatever is allowed', async (url) => {
    const everythingAllowed = new TargetPolicy({ allowedNetworks: ['0.0.0.0/0', '::/0'] });
    expect(await call(url, everythingAllowed)).toBeInstanceOf(TargetRefusedError);
  });

  it('is made to an address that is allowed', async () => {
    expect(await call('http://127.0.0.1:PORT/', loopbackAllowed)).toBe('reached');
    expect(listener.connections).toBe(1);
  });

  it('is made to the address of a name, with the name as its host', async () => {
    expect(await call('http://hooks.example.com:PORT/', loopbackAllowed, ['127.0.0.1'])).toBe('reached');
    expect(listener.hosts).toEqual([`hooks.example.com:${listener.port}`]);
  });

  it.each([
    ['http', [['127.0.0.1']]],
    ['https', [['127.0.0.1']]],
    ['http', [['1.1.1.1', '127.0.0.1']]],
    ['http', [['127.0.0.1', '1.1.1.1']]],
    ['http', [['::1']]],
  ])('is never made over %s to a name with a refused address: %j', async (scheme, answers) => {
    expect(await call(`${scheme}://hooks.example.com:PORT/`, nothingAllowed, ...answers)).toBeInstanceOf(
      TargetRefusedError,
    );
    expect(listener.connections).toBe(0);
  });

  it('is never made to a name that has begun to lead elsewhere', async () => {
    const answers = [['127.0.0.1'], ['10.0.0.1'], ['127.0.0.1']];
    const url = 'http://rebinding.example.com:PORT/';
    expect(await call(url, loopbackAllowed, ...answers)).toBe('reached');
    expect(await call(url, loopbackAllowed)).toBeInstanceOf(TargetRefusedError);
    expect(await call(url, loopbackAllowed)).toBe('reached');
    expect(listener.connections).toBe(2);
  });

  it('fails where a name has no address, and the process goes on', async () => {
    expect(await call('http://hooks.example.com:PORT/', loopbackAllowed, [])).toBeInstanceOf(NameResolutionError);
  });
});

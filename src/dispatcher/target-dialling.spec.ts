import { afterEach, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { isIP } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import { DialRecorder } from '../../test/support/dial-recorder.js';
import { report, runs } from '../../test/support/run-length.js';
import { groups, isIn, octets, ranges4, ranges6 } from '../../test/support/special-addresses.js';
import { TargetPolicy } from '../targets/target-policy.js';
import { Deadline } from './deadline.js';
import { createWebhookHttp } from './http-transport.js';
import { TargetAgents } from './target-agents.js';
import { NameResolver } from './target-lookup.js';

const RUNS = runs(400);

const asIs = new TargetPolicy({ allowedNetworks: [] });

/** An address, or an answer of a name server, and whether it must not be dialled. */
interface Given {
  text: string;
  special: boolean;
}

/** One delivery: to a name with this answer of the resolver, or to an address. */
type Call = { scheme: string } & ({ name: string; answer: Given[] } | { literal: Given });

const within = (ranges: { min: bigint; max: bigint }[]) => fc.oneof(...ranges.map((range) => fc.bigInt(range)));
const ipv4 = (value: bigint): Given => ({ text: octets(value), special: isIn(ranges4, value) });
const ipv6 = (value: bigint): Given => ({ text: groups(value).join(':'), special: isIn(ranges6, value) });
const never = (text: string): Given => ({ text, special: true });

const any4 = fc.bigInt({ min: 0n, max: 2n ** 32n - 1n });
const global6 = fc.bigInt({ min: 2n ** 125n, max: 2n ** 126n - 1n });
const ordinary = fc.oneof(any4.map(ipv4), global6.map(ipv6)).filter(({ special }) => !special);
const special = fc.oneof(
  within(ranges4).map(ipv4),
  within(ranges6).map(ipv6),
  any4.map((value) => never(`::ffff:${octets(value)}`)),
  any4.map((value) => never(`64:ff9b::${octets(value)}`)),
);
const unusable = fc.constantFrom('fe80::1%eth0', '2606:4700::1111%1', '', 'localhost', '127.1', '1.1.1.1\0').map(never);

const answer = fc.oneof(
  fc.array(ordinary, { maxLength: 12 }),
  fc.array(fc.oneof({ weight: 4, arbitrary: ordinary }, { weight: 1, arbitrary: fc.oneof(special, unusable) }), {
    maxLength: 12,
  }),
);
const scheme = fc.constantFrom('http', 'https');
// Few names, so that most are called more than once and change their answer in between.
const call: fc.Arbitrary<Call> = fc.oneof(
  fc.record({ scheme, name: fc.constantFrom('a.example', 'b.example'), answer }),
  fc.record({ scheme, literal: fc.oneof(ordinary, special) }),
);
const calls = fc.array(call, { minLength: 1, maxLength: 5 });

class OneAnswer extends NameResolver {
  answer: string[] = [];

  override async resolve(): Promise<string[]> {
    return this.answer;
  }
}

const counts = { deliveries: 0, dialled: 0, refused: 0 };

/** Makes each call in turn, through all parts of a delivery, and checks the dialled addresses. */
async function dialsOnlyWhatItMay(policy: TargetPolicy, recorder: DialRecorder, all: Call[]): Promise<void> {
  const resolver = new OneAnswer();
  const agents = new TargetAgents(policy, resolver, { deliveryTimeoutMs: 10_000 });
  const http = createWebhookHttp(agents);
  try {
    for (const one of all) {
      const given = 'literal' in one ? [one.literal] : one.answer;
      resolver.answer = given.map(({ text }) => text);
      recorder.dialled.length = 0;
      const host = 'literal' in one ? hostOf(one.literal.text) : one.name;
      const ended = await http
        .request({ method: 'POST', url: `${one.scheme}://${host}/`, headers: {}, data: '{}' })
        .then(
          () => 'answered',
          () => 'failed',
        );
      expect(ended).toBe('failed');
      counts.deliveries += 1;
      counts.dialled += recorder.dialled.length;
      if (given.some(({ special }) => special)) {
        counts.refused += 1;
        expect({ one, dialled: recorder.dialled }).toEqual({ one, dialled: [] });
      } else {
        const allowed = firstFour(given.map(({ text }) => ('literal' in one ? host.replace(/[[\]]/g, '') : text)));
        expect([...recorder.dialled].sort()).toEqual(allowed.sort());
      }
    }
  } finally {
    await agents.destroy();
  }
}

const hostOf = (address: string): string =>
  new URL(`http://${isIP(address) === 6 ? `[${address}]` : address}`).hostname;

/** Four addresses of each family. No address is dialled twice. */
function firstFour(addresses: string[]): string[] {
  const dialled = [4, 6].flatMap((family) => addresses.filter((address) => isIP(address) === family).slice(0, 4));
  return [...new Set(dialled)];
}

describe('With any answers of name servers and any webhooks of users', () => {
  const recorder = new DialRecorder();

  afterEach(() => {
    recorder.stop();
  });

  it('no special address is dialled, no name that has one, and no address but those that were checked', async () => {
    recorder.start('refused');
    await fc.assert(
      fc.asyncProperty(calls, (all) => dialsOnlyWhatItMay(asIs, recorder, all)),
      { numRuns: RUNS },
    );
    report('dialled addresses', counts);
    expect(counts.dialled).toBeGreaterThan(RUNS);
    expect(counts.refused).toBeGreaterThan(RUNS / 2);
  });

  it.each([
    ['anything is allowed', (_address: string) => true],
    ['IPv6 is not looked at', (address: string) => isIP(address) === 6 || asIs.allows(address)],
    ['loopback is not looked at', (address: string) => address.startsWith('127.') || asIs.allows(address)],
  ])('the test above would notice that %s', async (_what, allows) => {
    recorder.start('refused');
    const policy = Object.assign(new TargetPolicy({ allowedNetworks: [] }), { allows });
    const { failed } = await fc.check(
      fc.asyncProperty(calls, (all) => dialsOnlyWhatItMay(policy, recorder, all)),
      // The first failure ends it. Some seeds find none in as few runs as above.
      { numRuns: 100 * RUNS, endOnFailure: true },
    );
    expect(failed).toBe(true);
  });
});

/** Begins a delivery to a name that has these addresses. */
function deliver(signal: AbortSignal, ...addresses: string[]): { agents: Dispatcher; ended: Promise<unknown> } {
  const resolver = new OneAnswer();
  resolver.answer = addresses;
  const agents = new TargetAgents(asIs, resolver, { deliveryTimeoutMs: 4_000 });
  const request = createWebhookHttp(agents).request({
    method: 'POST',
    url: 'http://a.example/',
    headers: {},
    data: '',
    signal,
  });
  return { agents, ended: request.catch(() => undefined) };
}

describe('A name with many addresses', () => {
  const ongoing = new AbortController().signal;
  const thousands = Array.from({ length: 4_000 }, (_, index) => `8.8.${index >> 8}.${index & 255}`);
  const recorder = new DialRecorder();

  afterEach(() => {
    recorder.stop();
  });

  it('does not make the service dial all of them', async () => {
    recorder.start('refused');
    const { agents, ended } = deliver(ongoing, ...thousands, '2606:4700::1111');
    await ended;
    expect([...recorder.dialled].sort()).toEqual(['2606:4700::1111', ...thousands.slice(0, 4)]);
    await agents.destroy();
  });

  it('is refused when only the last address is refused', async () => {
    recorder.start('refused');
    const { agents, ended } = deliver(ongoing, ...thousands, '10.0.0.1');
    await ended;
    expect(recorder.dialled).toEqual([]);
    await agents.destroy();
  });

  it('gives each address the time that a distant receiver needs, and then continues with the next', async () => {
    recorder.start('silent');
    const { agents, ended } = deliver(ongoing, '1.1.1.1', '1.0.0.1');
    while (recorder.dialled.length === 0) await setTimeout(1);
    const begin = performance.now();
    while (recorder.dialled.length === 1) await setTimeout(1);
    expect(performance.now() - begin).toBeGreaterThan(700);
    expect(recorder.dialled).toEqual(['1.1.1.1', '1.0.0.1']);
    await agents.destroy();
    await ended;
  });

  it('gives each address less time when the webhook has a shorter time limit', async () => {
    recorder.start('silent');
    const deadline = Deadline.join(undefined, 800);
    const { agents, ended } = deliver(deadline.signal, '1.1.1.1', '1.0.0.1');
    await ended;
    deadline.leave();
    expect(recorder.dialled).toEqual(['1.1.1.1', '1.0.0.1']);
    await agents.destroy();
  });

  it('is not dialled further when the delivery has been given up', async () => {
    recorder.start('silent');
    const givenUp = new AbortController();
    const { agents, ended } = deliver(givenUp.signal, '1.1.1.1', '1.0.0.1');
    while (recorder.dialled.length === 0) await setTimeout(10);
    givenUp.abort(new Error('The webhook was deleted'));
    await ended;
    await setTimeout(1_500);
    expect(recorder.dialled).toEqual(['1.1.1.1']);
    await agents.destroy();
  });

  it('is not dialled at all when the delivery is given up before its addresses are known', async () => {
    recorder.start('silent');
    const givenUp = new AbortController();
    const { agents, ended } = deliver(givenUp.signal, '1.1.1.1');
    givenUp.abort(new Error('The webhook was deleted'));
    await ended;
    await setTimeout(100);
    expect(recorder.dialled).toEqual([]);
    await agents.destroy();
  });
});

import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { isIP, type LookupFunction } from 'node:net';
import { TargetPolicy } from '../targets/target-policy.js';
import { NameResolutionError, TargetRefusedError } from './target-errors.js';
import { NameResolver, policedLookup } from './target-lookup.js';

const policy = new TargetPolicy({ allowedNetworks: [] });
const NAME = 'hooks.example.com';

class FixedResolver extends NameResolver {
  readonly asked: string[] = [];

  constructor(private readonly answer: () => Promise<string[]>) {
    super();
  }

  override resolve(hostname: string): Promise<string[]> {
    this.asked.push(hostname);
    return this.answer();
  }
}

type Answer = [error: Error | null, address: string | { address: string; family: number }[], family?: number];

/** The answer that a socket receives. */
function ask(lookup: LookupFunction, all: boolean): Promise<Answer> {
  return new Promise((resolve) => {
    lookup(NAME, { all }, (error, address, family) => {
      resolve(family === undefined ? [error, address] : [error, address, family]);
    });
  });
}

const lookupOf = (...addresses: string[]) => policedLookup(policy, new FixedResolver(async () => addresses));

/** Four addresses of each family, in their order. */
function firstFour(addresses: string[]): string[] {
  return addresses.filter((address, index) => {
    return addresses.slice(0, index).filter((earlier) => isIP(earlier) === isIP(address)).length < 4;
  });
}

describe('The addresses of a name', () => {
  it('are returned in order, each with its family, when a socket tries them all', async () => {
    expect(await ask(lookupOf('1.1.1.1', '2606:4700::1111', '1.0.0.1'), true)).toEqual([
      null,
      [
        { address: '1.1.1.1', family: 4 },
        { address: '2606:4700::1111', family: 6 },
        { address: '1.0.0.1', family: 4 },
      ],
    ]);
  });

  it('are returned up to four of each family, with any number of addresses', async () => {
    const many = Array.from({ length: 3_000 }, (_, index) => `8.8.${index >> 8}.${index & 255}`);
    const [error, handedOut] = await ask(lookupOf(...many, '2606:4700::1111'), true);
    expect(error).toBeNull();
    expect((handedOut as { address: string }[]).map(({ address }) => address)).toEqual([
      ...many.slice(0, 4),
      '2606:4700::1111',
    ]);
  });

  it('are reduced to one when a socket needs one', async () => {
    expect(await ask(lookupOf('1.1.1.1', '2606:4700::1111'), false)).toEqual([null, '1.1.1.1', 4]);
    expect(await ask(lookupOf('2606:4700::1111', '1.1.1.1'), false)).toEqual([null, '2606:4700::1111', 6]);
  });

  it('are looked up by the exact name, at every connection', async () => {
    const answers = [['1.1.1.1'], ['127.0.0.1'], ['1.1.1.1']];
    const resolver = new FixedResolver(async () => answers.shift() ?? []);
    const lookup = policedLookup(policy, resolver);
    expect(await ask(lookup, false)).toEqual([null, '1.1.1.1', 4]);
    expect((await ask(lookup, false))[0]).toBeInstanceOf(TargetRefusedError);
    expect(await ask(lookup, false)).toEqual([null, '1.1.1.1', 4]);
    expect(resolver.asked).toEqual([NAME, NAME, NAME]);
  });

  it.each([
    [['127.0.0.1']],
    [['::1']],
    [['169.254.169.254']],
    [['1.1.1.1', '10.0.0.1']],
    [['10.0.0.1', '1.1.1.1']],
    [['1.1.1.1', '1.0.0.1', '::ffff:1.1.1.1']],
    [['2606:4700::1111', 'fe80::1%eth0']],
    [['1.1.1.1', '']],
    [['1.1.1.1', 'other.example.com']],
  ])('refuse the name as soon as one of them is refused: %j', async (addresses) => {
    for (const all of [true, false]) {
      const [error, handedOut] = await ask(lookupOf(...addresses), all);
      expect(error).toBeInstanceOf(TargetRefusedError);
      expect(handedOut).toEqual([]);
    }
  });

  it('never include a refused address, with any answer of a name server', async () => {
    const address = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.constantFrom('127.0.0.1', '10.0.0.1', '::1', '1.1.1.1', '8.8.8.8', '2606:4700::1111', 'not an address'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(address, { maxLength: 10 }), fc.boolean(), async (addresses, all) => {
        const [error, handedOut] = await ask(lookupOf(...addresses), all);
        const given = typeof handedOut === 'string' ? [handedOut] : handedOut.map(({ address }) => address);
        expect(given.filter((one) => !policy.allows(one))).toEqual([]);
        const good = addresses.length > 0 && addresses.every((one) => policy.allows(one));
        expect(error === null).toBe(good);
        if (good) expect(given).toEqual(all ? firstFour(addresses) : addresses.slice(0, 1));
        if (typeof handedOut !== 'string') {
          expect(handedOut.every(({ address, family }) => family === isIP(address))).toBe(true);
        }
      }),
    );
  });

  it('are returned when their networks are allowed', async () => {
    const open = new TargetPolicy({ allowedNetworks: ['10.0.0.0/8'] });
    const lookup = policedLookup(open, new FixedResolver(async () => ['10.0.0.1']));
    expect(await ask(lookup, false)).toEqual([null, '10.0.0.1', 4]);
  });
});

describe("A name that can't be resolved", () => {
  it.each([
    ['the name server knows no such name', new Error('queryA ENOTFOUND hooks.example.com')],
    ['the resolver says so itself', new NameResolutionError('none')],
    ['the resolver rejects with nothing', undefined],
    ['the resolver rejects with text', 'SERVFAIL'],
  ])('fails as a DNS lookup: %s', async (_what, reason) => {
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- another resolver may do this
    const lookup = policedLookup(policy, new FixedResolver(() => Promise.reject(reason)));
    for (const all of [true, false]) {
      const [error, handedOut] = await ask(lookup, all);
      expect(error).toBeInstanceOf(NameResolutionError);
      expect(error?.cause).toBe(reason);
      expect(handedOut).toEqual([]);
    }
  });

  it('fails as a DNS lookup when it has no address', async () => {
    for (const all of [true, false]) {
      const [error, handedOut] = await ask(lookupOf(), all);
      expect(error).toBeInstanceOf(NameResolutionError);
      expect(handedOut).toEqual([]);
    }
  });
});

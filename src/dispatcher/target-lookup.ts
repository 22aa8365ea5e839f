import type { LookupAddress } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { isIP } from 'node:net';
import type { TargetPolicy } from '../targets/target-policy.js';
import { NameResolutionError, TargetRefusedError } from './target-errors.js';

/** How long a name server is waited for at first, in milliseconds, and how often each is asked. */
const RESOLVER_OPTIONS = { timeout: 2_000, tries: 2 };

/** How long a name may take in all, however many name servers there are: half of an attempt's usual deadline. */
const RESOLUTION_LIMIT_MS = 5_000;

/** How long the second family is waited for when the first one has answered (RFC 8305, section 3), in milliseconds. */
const RESOLUTION_DELAY_MS = 50;

/**
 * As many addresses of each family are dialled, one after another. A name may have thousands, and one delivery would
 * knock on all of them.
 */
const DIALLED_PER_FAMILY = 4;

/** Finds the addresses of a name. */
export abstract class NameResolver {
  /** @returns at least one address; rejects where there is none */
  abstract resolve(hostname: string): Promise<string[]>;
}

/**
 * Asks the machine's name servers directly, and nothing else: no hosts file, no search domains, no cache. `dns.lookup`
 * would do it on four threads that the whole process shares, and one slow name server would hold up every webhook.
 */
export class DnsNameResolver extends NameResolver {
  /** @param servers the name servers to ask, as `address:port`; those of the machine when left out */
  constructor(private readonly servers?: readonly string[]) {
    super();
  }

  override async resolve(hostname: string): Promise<string[]> {
    // One for each name: it can be cancelled alone, and one that is kept waits less the quicker it was answered before,
    // until names whose servers take a second are never found.
    const resolver = new Resolver(RESOLVER_OPTIONS);
    if (this.servers) resolver.setServers(this.servers);
    const cancel = (): void => resolver.cancel();
    let limit = setTimeout(cancel, RESOLUTION_LIMIT_MS);
    const families = [resolver.resolve4(hostname), resolver.resolve6(hostname)].map(async (family) => {
      const addresses = await family;
      // A name server that never answers for the other family would delay every connection. An answer that comes later is
      // not used: no address is dialled that the policy has not seen.
      clearTimeout(limit);
      limit = setTimeout(cancel, RESOLUTION_DELAY_MS);
      return addresses;
    });
    const answers = await Promise.allSettled(families);
    clearTimeout(limit);
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (addresses.length === 0) throw new NameResolutionError(`${hostname} has no address`);
    return addresses;
  }
}

/**
 * What a socket asks for the addresses of its host: refused when any of them is, so that a name which mixes public and
 * private addresses can't be used to try its luck. Called for every connection, which leaves a name that changes its
 * answer nothing to gain.
 */
export function policedLookup(policy: TargetPolicy, resolver: NameResolver): LookupFunction {
  return (hostname, options, callback) => {
    resolver.resolve(hostname).then(
      (addresses) => {
        if (!addresses.every((address) => policy.allows(address))) {
          return callback(new TargetRefusedError(`${hostname} leads to a refused address`), []);
        }
        const found = firstOfEachFamily(addresses);
        const [first] = found;
        // A socket that is given no address throws where nobody catches it.
        if (!first) return callback(new NameResolutionError(`${hostname} has no address`), []);
        if (options.all) return callback(null, found);
        return callback(null, first.address, first.family);
      },
      (error: unknown) => callback(new NameResolutionError(`${hostname} could not be resolved`, { cause: error }), []),
    );
  };
}

function firstOfEachFamily(addresses: readonly string[]): LookupAddress[] {
  const left = new Map([4, 6].map((family) => [family, DIALLED_PER_FAMILY]));
  return addresses.flatMap((address) => {
    const family = isIP(address);
    const remaining = left.get(family) ?? 0;
    left.set(family, remaining - 1);
    return remaining > 0 ? [{ address, family }] : [];
  });
}

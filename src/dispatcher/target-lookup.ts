import type { LookupAddress } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { isIP } from 'node:net';
import type { TargetPolicy } from '../targets/target-policy.js';
import { NameResolutionError, TargetRefusedError } from './target-errors.js';

/** The first time limit of a query, in milliseconds, and the number of queries to each name server. */
const RESOLVER_OPTIONS = { timeout: 2_000, tries: 2 };

/** The time limit of one name, with any number of name servers: half of the default deadline of an attempt. */
const RESOLUTION_LIMIT_MS = 5_000;

/** The wait for the second family after the answer of the first (RFC 8305, section 3), in milliseconds. */
const RESOLUTION_DELAY_MS = 50;

/**
 * The maximum number of addresses of each family that are dialled, one after another. A name may have thousands, and one
 * delivery would dial all of them.
 */
const DIALLED_PER_FAMILY = 4;

/** Finds the addresses of a name. */
export abstract class NameResolver {
  /** @returns at least one address. Rejects if the name has no address */
  abstract resolve(hostname: string): Promise<string[]>;
}

/**
 * Asks only the machine's name servers: no hosts file, no search domains, no cache. `dns.lookup` uses four threads that the
 * whole process shares. There, one slow name server would delay every webhook.
 */
export class DnsNameResolver extends NameResolver {
  /** @param servers the name servers, as `address:port`. Without it, the name servers of the machine */
  constructor(private readonly servers?: readonly string[]) {
    super();
  }

  override async resolve(hostname: string): Promise<string[]> {
    // Each name has its own resolver: it can be cancelled alone. A shared resolver shortens its time limit after quick answers.
    // It would never find names whose servers take a second.
    const resolver = new Resolver(RESOLVER_OPTIONS);
    if (this.servers) resolver.setServers(this.servers);
    const cancel = (): void => resolver.cancel();
    let limit = setTimeout(cancel, RESOLUTION_LIMIT_MS);
    const families = [resolver.resolve4(hostname), resolver.resolve6(hostname)].map(async (family) => {
      const addresses = await family;
      // A name server that never answers for the other family would delay every connection. A later answer is not used: only
      // addresses that the policy has checked are dialled.
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
 * The look-up of a socket. It refuses a name if the policy refuses any of its addresses: a name can't mix public and private
 * addresses. It runs for every connection. A name that changes its addresses is therefore checked again.
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
        // A socket without an address throws an error that no code catches.
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

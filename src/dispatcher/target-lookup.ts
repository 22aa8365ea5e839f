import { Resolver } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { isIP } from 'node:net';
import type { TargetPolicy } from '../targets/target-policy.js';
import { NameResolutionError, TargetRefusedError } from './target-errors.js';

/** How long one name server is waited for, and how often it is asked; together well below an attempt's deadline. */
const RESOLVER_OPTIONS = { timeout: 2_000, tries: 2 };

/** Finds the addresses of a name. */
export abstract class NameResolver {
  /** @returns at least one address; rejects where there is none */
  abstract resolve(hostname: string): Promise<string[]>;
}

/**
 * Asks the machine's name servers directly. `dns.lookup` would do it on four threads that the whole process shares,
 * and one slow name server would hold up every webhook.
 */
export class DnsNameResolver extends NameResolver {
  private readonly resolver = new Resolver(RESOLVER_OPTIONS);

  override async resolve(hostname: string): Promise<string[]> {
    const answers = await Promise.allSettled([this.resolver.resolve4(hostname), this.resolver.resolve6(hostname)]);
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
        const found = addresses.map((address) => ({ address, family: isIP(address) }));
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

import { BlockList, isIP } from 'node:net';
import type { AppConfig } from '../config/app-config.js';

/**
 * Special-purpose IPv4 ranges that are not globally reachable (IANA registry, RFC 6890), multicast, reserved, and
 * 168.63.129.16, the address under which Azure serves every machine.
 */
const REFUSED_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '168.63.129.16/32',
];

/** Global unicast. All else of IPv6 (loopback, local, mapped, translated, multicast) is refused without being unwrapped. */
const GLOBAL_IPV6 = ['2000::/3'];

/** What of global unicast is not an ordinary host: Teredo and its neighbours, documentation, 6to4, AS112. */
const REFUSED_IPV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'];

/**
 * Where clouds keep a machine's credentials: never reachable, whatever the configuration allows. Link-local, also behind
 * the prefix of NAT64, and what Amazon, Google, Alibaba and Azure use besides.
 */
const METADATA = [
  '169.254.0.0/16',
  'fe80::/10',
  '64:ff9b::a9fe:0/112',
  'fd00:ec2::/32',
  'fd20:ce::254/128',
  '100.100.100.200/32',
  '168.63.129.16/32',
  '64:ff9b::a83f:8110/128',
];

/** Decides which addresses a webhook may be sent to, on the address that is dialled. */
export class TargetPolicy {
  /** One list for each family: in one list for both, ::/0 would also match every IPv4 address, and 10.0.0.0/8 mapped ones. */
  private readonly allowed: Record<'ipv4' | 'ipv6', BlockList>;

  constructor({ allowedNetworks }: Pick<AppConfig, 'allowedNetworks'>) {
    this.allowed = {
      ipv4: listOf(allowedNetworks.filter((network) => !network.includes(':'))),
      ipv6: listOf(allowedNetworks.filter((network) => network.includes(':'))),
    };
  }

  /** Whether a connection to this IP address may be made. Anything that is not an address may not. */
  allows(address: string): boolean {
    const family = isIP(address);
    // A zone id (fe80::1%eth0) only goes with link-local addresses.
    if (family === 0 || address.includes('%')) return false;
    const type = family === 4 ? 'ipv4' : 'ipv6';
    if (metadata.check(address, type)) return false;
    if (this.isExempt(address)) return true;
    if (family === 4) return !refusedIpv4.check(address, type);
    return globalIpv6.check(address, type) && !refusedIpv6.check(address, type);
  }

  /** Whether this is an address that the configuration allows by name of its network. */
  isExempt(address: string): boolean {
    const family = isIP(address);
    return family !== 0 && this.allowed[family === 4 ? 'ipv4' : 'ipv6'].check(address, family === 4 ? 'ipv4' : 'ipv6');
  }
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix = ''] = network.split('/');
    list.addSubnet(address, Number(prefix), isIP(address) === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}

const refusedIpv4 = listOf(REFUSED_IPV4);
const globalIpv6 = listOf(GLOBAL_IPV6);
const refusedIpv6 = listOf(REFUSED_IPV6);
const metadata = listOf(METADATA);

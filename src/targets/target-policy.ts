import { BlockList, isIP, type IPVersion } from 'node:net';
import type { AppConfig } from '../config/app-config.js';

/**
 * Rejected IPv4 ranges: those that are not globally reachable (IANA registry, RFC 6890), multicast and reserved ranges.
 * 168.63.129.16 serves every machine in Azure.
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

/**
 * Global unicast. All other IPv6 addresses are rejected, also those that contain an IPv4 address: loopback, local, mapped,
 * translated and multicast.
 */
const GLOBAL_IPV6 = ['2000::/3'];

/** Rejected parts of global unicast: Teredo and its neighbours, documentation, 6to4, AS112. */
const REFUSED_IPV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'];

/** Metadata services of clouds, which hold credentials: link-local, and addresses of Alibaba, Azure and Oracle. */
const METADATA_IPV4 = ['169.254.0.0/16', '100.100.100.200/32', '168.63.129.16/32', '192.0.0.192/32'];

/** Metadata services in IPv6: link-local, Amazon, Google, Oracle, Akamai, Scaleway, Alibaba. */
const METADATA_IPV6 = [
  'fe80::/10',
  'fd00:ec2::/32',
  'fd20:ce::254/128',
  'fd00:c1::a9fe:a9fe/128',
  'fd00:a9fe:a9fe::1/128',
  'fd00:42::42/128',
  'fd00:100::100:200/128',
];

/** IPv6 ranges that lead to IPv4 addresses: mapped, translated, NAT64 with a local prefix, Teredo, 6to4. */
const IPV4_IN_DISGUISE = ['::ffff:0:0/96', '::ffff:0:0:0/96', '64:ff9b:1::/48', '2001::/32', '2002::/16'];

/** Prefixes of an IPv4 address: in compatible form, and in NAT64 with the well-known prefix. */
const IPV4_PREFIXES = ['::', '64:ff9b::'];

/** Addresses that no configuration can allow. */
const NEVER = {
  ipv4: listOf(METADATA_IPV4),
  ipv6: listOf([...METADATA_IPV6, ...IPV4_IN_DISGUISE, ...IPV4_PREFIXES.flatMap(metadataAfter)]),
};

const refusedIpv4 = listOf(REFUSED_IPV4);
const globalIpv6 = listOf(GLOBAL_IPV6);
const refusedIpv6 = listOf(REFUSED_IPV6);

/** Decides which addresses webhooks may reach. It checks the address of the connection, not the name. */
export class TargetPolicy {
  /** Separate lists: in a common list, ::/0 would match every IPv4 address, and 10.0.0.0/8 mapped IPv6 addresses. */
  private readonly allowed: Record<IPVersion, BlockList>;

  /**
   * @param own the addresses of this machine. Only `allowedNetworks` opens them: a firewall often protects services on a
   *   public address, and connections from this machine bypass it.
   */
  constructor(
    { allowedNetworks }: Pick<AppConfig, 'allowedNetworks'>,
    private readonly own: { has(address: string, family: IPVersion): boolean } = { has: () => false },
  ) {
    this.allowed = {
      ipv4: listOf(allowedNetworks.filter((network) => !network.includes(':'))),
      ipv6: listOf(allowedNetworks.filter((network) => network.includes(':'))),
    };
  }

  /** Whether a connection to this IP address is allowed. False for a text that is no address. */
  allows(address: string): boolean {
    const family = familyOf(address);
    // Only link-local addresses have a zone id (fe80::1%eth0).
    if (family === undefined || address.includes('%')) return false;
    if (NEVER[family].check(address, family)) return false;
    if (this.isExempt(address)) return true;
    if (this.own.has(address, family)) return false;
    if (family === 'ipv4') return !refusedIpv4.check(address, family);
    return globalIpv6.check(address, family) && !refusedIpv6.check(address, family);
  }

  /** Whether any configuration could allow this IP address. */
  canAllow(address: string): boolean {
    const family = familyOf(address);
    return family !== undefined && !address.includes('%') && !NEVER[family].check(address, family);
  }

  /** Whether `allowedNetworks` contains this address. */
  isExempt(address: string): boolean {
    const family = familyOf(address);
    return family !== undefined && this.allowed[family].check(address, family);
  }
}

function familyOf(address: string): IPVersion | undefined {
  const version = isIP(address);
  if (version === 0) return undefined;
  return version === 4 ? 'ipv4' : 'ipv6';
}

function metadataAfter(prefix: string): string[] {
  return METADATA_IPV4.map((network) => {
    const [address = '', bits = ''] = network.split('/');
    return `${prefix}${address}/${96 + Number(bits)}`;
  });
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix = ''] = network.split('/');
    list.addSubnet(address, Number(prefix), familyOf(address));
  }
  return list;
}

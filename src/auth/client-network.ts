import { isIPv6, SocketAddress } from 'node:net';

/**
 * What an address is counted under: an IPv4 address itself, and the /64 of an IPv6 address, of which one customer has
 * all (RFC 6177). An IPv4 address written as an IPv6 one is the IPv4 address.
 */
export function clientNetwork(address: string): string {
  const [bare = ''] = address.split('%', 1);
  if (!isIPv6(bare)) return bare;
  const { address: canonical } = new SocketAddress({ address: bare, family: 'ipv6' });
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(canonical)?.[1];
  if (mapped !== undefined) return mapped;

  // Four numbers at the end stand for the last two groups, which are not asked for.
  const [head = '', tail] = canonical.replace(/\d+\.\d+\.\d+\.\d+$/, '0:0').split('::');
  const before = head.split(':').filter(Boolean);
  const after = (tail ?? '').split(':').filter(Boolean);
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return `${[...before, ...zeros, ...after].slice(0, 4).join(':')}::/64`;
}

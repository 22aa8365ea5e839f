import { isIP, isIPv6, SocketAddress } from 'node:net';

/**
 * The network that failures of a client address count for. It is the address itself for IPv4, and the /64 for IPv6,
 * because one customer usually has all addresses of a /64 (RFC 6177). An IPv4-mapped IPv6 address counts as IPv4.
 */
export function clientNetwork(address: string): string {
  const [bare = ''] = address.split('%', 1);
  if (!isIPv6(bare)) return bare;
  const { address: canonical } = new SocketAddress({ address: bare, family: 'ipv6' });
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(canonical)?.[1];
  if (mapped !== undefined) return mapped;

  // A trailing IPv4 notation stands for the last two groups, which the /64 does not include.
  const [head = '', tail] = canonical.replace(/\d+\.\d+\.\d+\.\d+$/, '0:0').split('::');
  const before = head.split(':').filter(Boolean);
  const after = (tail ?? '').split(':').filter(Boolean);
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return `${[...before, ...zeros, ...after].slice(0, 4).join(':')}::/64`;
}

const IPV4_WITH_PORT = /^(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}$/;
const BRACKETED = /^\[([^\]]*)\](?::\d{1,5})?$/;

/**
 * Normalizes an X-Forwarded-For header for Fastify: addresses only, without ports and brackets.
 *
 * The nearest proxy appends the last entry. The last entry that is no address, and all entries before it, are dropped. The
 * client then counts as the proxy that sent that entry.
 */
export function forwardedAddresses(header: string): string {
  const addresses: string[] = [];
  for (const entry of header.split(',').toReversed()) {
    const text = entry.trim();
    if (text === '') continue;
    const address = (IPV4_WITH_PORT.exec(text) ?? BRACKETED.exec(text))?.[1] ?? text;
    if (isIP(address) === 0) break;
    addresses.push(address);
  }
  return addresses.toReversed().join(', ');
}

import { isIP, isIPv6, SocketAddress } from 'node:net';

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

const IPV4_WITH_PORT = /^(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}$/;
const BRACKETED = /^\[([^\]]*)\](?::\d{1,5})?$/;

/**
 * The value of an X-Forwarded-For header in the form that Fastify reads: addresses only, without ports and brackets.
 * The nearest proxy wrote the last entry. Everything up to and including the last entry that is no address is dropped,
 * so that the client counts as the hop that sent it.
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

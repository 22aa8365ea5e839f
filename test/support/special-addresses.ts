/*
 * The special addresses, written down a second time and computed with big integers. Tests compare the target policy with
 * them. The ranges are from the IANA registries of special-purpose IPv4 and IPv6 addresses, IPv6 address space and
 * multicast. Only 2000::/3 is global unicast. 168.63.129.16 is from Azure's documentation.
 */

/** A range, its first address, its last, and the ordinary addresses next to it. */
type Range = [range: string, first: string, last: string, ...neighbours: string[]];

export const SPECIAL_IPV4: Range[] = [
  ['0.0.0.0/8', '0.0.0.0', '0.255.255.255', '1.0.0.0'],
  ['10.0.0.0/8', '10.0.0.0', '10.255.255.255', '9.255.255.255', '11.0.0.0'],
  ['100.64.0.0/10', '100.64.0.0', '100.127.255.255', '100.63.255.255', '100.128.0.0'],
  ['127.0.0.0/8', '127.0.0.0', '127.255.255.255', '126.255.255.255', '128.0.0.0'],
  ['169.254.0.0/16', '169.254.0.0', '169.254.255.255', '169.253.255.255', '169.255.0.0'],
  ['172.16.0.0/12', '172.16.0.0', '172.31.255.255', '172.15.255.255', '172.32.0.0'],
  ['192.0.0.0/24', '192.0.0.0', '192.0.0.255', '191.255.255.255', '192.0.1.0'],
  ['192.0.2.0/24', '192.0.2.0', '192.0.2.255', '192.0.1.255', '192.0.3.0'],
  ['192.31.196.0/24', '192.31.196.0', '192.31.196.255', '192.31.195.255', '192.31.197.0'],
  ['192.52.193.0/24', '192.52.193.0', '192.52.193.255', '192.52.192.255', '192.52.194.0'],
  ['192.88.99.0/24', '192.88.99.0', '192.88.99.255', '192.88.98.255', '192.88.100.0'],
  ['192.168.0.0/16', '192.168.0.0', '192.168.255.255', '192.167.255.255', '192.169.0.0'],
  ['192.175.48.0/24', '192.175.48.0', '192.175.48.255', '192.175.47.255', '192.175.49.0'],
  ['198.18.0.0/15', '198.18.0.0', '198.19.255.255', '198.17.255.255', '198.20.0.0'],
  ['198.51.100.0/24', '198.51.100.0', '198.51.100.255', '198.51.99.255', '198.51.101.0'],
  ['203.0.113.0/24', '203.0.113.0', '203.0.113.255', '203.0.112.255', '203.0.114.0'],
  ['224.0.0.0/4', '224.0.0.0', '239.255.255.255', '223.255.255.255'],
  ['240.0.0.0/4', '240.0.0.0', '255.255.255.255'],
  ['168.63.129.16/32', '168.63.129.16', '168.63.129.16', '168.63.129.15', '168.63.129.17'],
];

const ONES = 'ffff:ffff:ffff:ffff';
const LAST = `ffff:${ONES}`;

export const SPECIAL_IPV6: Range[] = [
  ['below 2000::/3', '::', `1fff:ffff:ffff:${LAST}`, '2000::'],
  ['2001::/23', '2001::', `2001:1ff:ffff:${LAST}`, `2000:ffff:ffff:${LAST}`, '2001:200::'],
  ['2001:db8::/32', '2001:db8::', `2001:db8:ffff:${LAST}`, `2001:db7:ffff:${LAST}`, '2001:db9::'],
  ['2002::/16', '2002::', `2002:ffff:ffff:${LAST}`, `2001:ffff:ffff:${LAST}`, '2003::'],
  ['2620:4f:8000::/48', '2620:4f:8000::', `2620:4f:8000:${LAST}`, `2620:4f:7fff:${LAST}`, '2620:4f:8001::'],
  ['3fff::/20', '3fff::', `3fff:fff:ffff:${LAST}`, `3ffe:ffff:ffff:${LAST}`, '3fff:1000::'],
  ['above 2000::/3', '4000::', `ffff:ffff:ffff:${LAST}`, `3fff:ffff:ffff:${LAST}`],
];

/** Ranges within the special ranges of IPv6, by name. */
export const SPECIAL_WITHIN_IPV6: Range[] = [
  ['unspecified ::/128', '::', '::'],
  ['loopback ::1/128', '::1', '::1'],
  ['IPv4-compatible ::/96', '::2', '::ffff:ffff'],
  ['IPv4-mapped ::ffff:0:0/96', '::ffff:0:0', '::ffff:ffff:ffff'],
  ['IPv4-translated ::ffff:0:0:0/96', '::ffff:0:0:0', '::ffff:0:ffff:ffff'],
  ['NAT64 64:ff9b::/96', '64:ff9b::', '64:ff9b::ffff:ffff'],
  ['local NAT64 64:ff9b:1::/48', '64:ff9b:1::', `64:ff9b:1:${LAST}`],
  ['discard 100::/64', '100::', `100::${ONES}`],
  ['dummy 100:0:0:1::/64', '100:0:0:1::', `100:0:0:1:${ONES}`],
  ['old NSAP 200::/7', '200::', `3ff:ffff:ffff:${LAST}`],
  ['Teredo 2001::/32', '2001::', `2001:0:ffff:${LAST}`],
  ['anycast of PCP, TURN and DNS-SD', '2001:1::1', '2001:1::3'],
  ['benchmarking 2001:2::/48', '2001:2::', `2001:2:0:${LAST}`],
  ['AMT 2001:3::/32', '2001:3::', `2001:3:ffff:${LAST}`],
  ['AS112 2001:4:112::/48', '2001:4:112::', `2001:4:112:${LAST}`],
  ['ORCHID 2001:10::/28', '2001:10::', `2001:1f:ffff:${LAST}`],
  ['ORCHIDv2 2001:20::/28', '2001:20::', `2001:2f:ffff:${LAST}`],
  ['remote identification 2001:30::/28', '2001:30::', `2001:3f:ffff:${LAST}`],
  ['SRv6 5f00::/16', '5f00::', `5f00:ffff:ffff:${LAST}`],
  ['unique local fc00::/7', 'fc00::', `fdff:ffff:ffff:${LAST}`],
  ['link-local fe80::/10', 'fe80::', `febf:ffff:ffff:${LAST}`],
  ['site-local fec0::/10', 'fec0::', `feff:ffff:ffff:${LAST}`],
  ['multicast ff00::/8', 'ff00::', `ffff:ffff:ffff:${LAST}`],
];

export const octets = (value: bigint): string => [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.');

export const groups = (value: bigint): string[] =>
  Array.from({ length: 8 }, (_, index) => ((value >> BigInt(112 - 16 * index)) & 0xffffn).toString(16));

function numberOf4(address: string): bigint {
  return address.split('.').reduce((sum, octet) => sum * 256n + BigInt(octet), 0n);
}

function numberOf6(address: string): bigint {
  const [head = '', tail = ''] = address.split('::');
  const left = head.split(':').filter(Boolean);
  const right = tail.split(':').filter(Boolean);
  const all = [...left, ...Array.from({ length: 8 - left.length - right.length }, () => '0'), ...right];
  return all.reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n);
}

/** The address in the middle of a range. */
export function middleOf([, first, last]: Range): string {
  return first.includes(':')
    ? groups((numberOf6(first) + numberOf6(last)) / 2n).join(':')
    : octets((numberOf4(first) + numberOf4(last)) / 2n);
}

export const ranges4 = SPECIAL_IPV4.map(([, first, last]) => ({ min: numberOf4(first), max: numberOf4(last) }));
export const ranges6 = SPECIAL_IPV6.map(([, first, last]) => ({ min: numberOf6(first), max: numberOf6(last) }));

export function isIn(ranges: { min: bigint; max: bigint }[], value: bigint): boolean {
  return ranges.some(({ min, max }) => value >= min && value <= max);
}

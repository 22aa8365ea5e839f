import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { TargetPolicy } from './target-policy.js';

const policy = new TargetPolicy({ allowedNetworks: [] });

/** Each refused range: its first address, its last, and the neighbours just outside that are allowed. */
const REFUSED_IPV4: [range: string, first: string, last: string, ...neighbours: string[]][] = [
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

const ALL_ONES = 'ffff:ffff:ffff:ffff:ffff';
const REFUSED_IPV6: [range: string, first: string, last: string, ...neighbours: string[]][] = [
  ['below 2000::/3', '::', `1fff:ffff:ffff:${ALL_ONES}`, '2000::'],
  ['2001::/23', '2001::', `2001:1ff:ffff:${ALL_ONES}`, `2000:ffff:ffff:${ALL_ONES}`, '2001:200::'],
  ['2001:db8::/32', '2001:db8::', `2001:db8:ffff:${ALL_ONES}`, `2001:db7:ffff:${ALL_ONES}`, '2001:db9::'],
  ['2002::/16', '2002::', `2002:ffff:ffff:${ALL_ONES}`, `2001:ffff:ffff:${ALL_ONES}`, '2003::'],
  ['2620:4f:8000::/48', '2620:4f:8000::', `2620:4f:8000:${ALL_ONES}`, `2620:4f:7fff:${ALL_ONES}`, '2620:4f:8001::'],
  ['3fff::/20', '3fff::', `3fff:fff:ffff:${ALL_ONES}`, `3ffe:ffff:ffff:${ALL_ONES}`, '3fff:1000::'],
  ['above 2000::/3', '4000::', `ffff:ffff:ffff:${ALL_ONES}`, `3fff:ffff:ffff:${ALL_ONES}`],
];

const REFUSED_BY_KIND: Record<string, string[]> = {
  'what servers and clouds keep to themselves': [
    '127.0.0.1',
    '169.254.169.254',
    '169.254.170.2',
    '100.100.100.200',
    '192.0.0.192',
    '255.255.255.255',
    '::1',
    '0:0:0:0:0:0:0:1',
    'fd00:ec2::254',
    'fd00:ec2::23',
    'fd20:ce::254',
  ],
  'local, reserved and multicast IPv6': [
    '100::',
    '100::1',
    '5f00::1',
    'fc00::',
    'fc00::1',
    'fd12:3456:789a::1',
    'fe80::',
    'fe80::1',
    'febf::1',
    'fec0::1',
    'ff02::1',
    'ff0e::1',
  ],
  'IPv4 in IPv6: mapped, of public addresses too': [
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::FFFF:10.0.0.1',
    '0:0:0:0:0:ffff:a9fe:a9fe',
    '::ffff:169.254.169.254',
    '::ffff:1.1.1.1',
    '::ffff:0:127.0.0.1',
  ],
  'IPv4 in IPv6: compatible': ['::127.0.0.1', '::7f00:1', '::10.0.0.1', '::1.1.1.1'],
  'IPv4 in IPv6: NAT64': ['64:ff9b::127.0.0.1', '64:ff9b::a9fe:a9fe', '64:ff9b::1.1.1.1', '64:ff9b:1::10.0.0.1'],
  'IPv4 in IPv6: 6to4': ['2002:7f00:1::', '2002:a00:1::1', '2002:a9fe:a9fe::', '2002:101:101::'],
  'IPv4 in IPv6: Teredo': ['2001:0:7f00:1::', '2001:0:4136:e378:8000:63bf:3fff:fdd2', '2001::1'],
  'zone ids': ['fe80::1%eth0', 'fe80::1%1', '2606:4700::1111%eth0', '::1%lo', '::ffff:1.1.1.1%eth0'],
  'what is not an address': [
    '',
    ' ',
    '.',
    ':',
    ':::',
    '%',
    'localhost',
    'example.com',
    '1.1.1',
    '1.1',
    '16843009',
    '1.1.1.1.1',
    '1.1.1.256',
    '01.1.1.1',
    '0x1.1.1.1',
    '1.1.1.1.',
    ' 1.1.1.1',
    '1.1.1.1 ',
    '1.1.1.1\n',
    '1.1.1.1\0',
    '1.1.1.1:443',
    '1.1.1.1/32',
    '１.１.１.１',
    '1。1。1。1',
    '[2606:4700::1111]',
    '2606:4700::1111/128',
    '2606::4700::1111',
    '2606:4700:::1111',
    '2606:4700::11111',
    '2606:4700:0:0:0:0:0:0:1111',
    '2606:4700::1.1.1.256',
    'g606:4700::1111',
  ],
};

const ALLOWED = [
  '1.1.1.1',
  '8.8.8.8',
  '93.184.215.14',
  '100.0.0.1',
  '172.217.0.1',
  '192.0.66.1',
  '198.41.0.4',
  '223.254.254.254',
  '2606:4700:4700::1111',
  '2606:4700:4700:0:0:0:0:1111',
  '2606:4700:4700:0000:0000:0000:0000:1111',
  '2001:4860:4860::8888',
  '2001:4860:4860::8.8.8.8',
  '2A00:1450:4001:80B::200E',
  '2400:cb00:2048:1::c629:d7a2',
  '3000::1',
];

describe('Where webhooks may lead', () => {
  it.each([...REFUSED_IPV4, ...REFUSED_IPV6])(
    'refuses %s from %s to %s and nothing beside it',
    (_range, first, last, ...neighbours) => {
      expect([first, last].filter((address) => policy.allows(address))).toEqual([]);
      expect(neighbours.filter((address) => !policy.allows(address))).toEqual([]);
    },
  );

  it.each(Object.entries(REFUSED_BY_KIND))('refuses %s', (_kind, addresses) => {
    expect(addresses.filter((address) => policy.allows(address))).toEqual([]);
  });

  it.each(ALLOWED)('allows %s', (address) => {
    expect(policy.allows(address)).toBe(true);
  });
});

const octets = (value: bigint): string => [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.');
const groups = (value: bigint): string[] =>
  Array.from({ length: 8 }, (_, index) => ((value >> BigInt(112 - 16 * index)) & 0xffffn).toString(16));

const numberOf4 = (address: string): bigint =>
  address.split('.').reduce((sum, octet) => sum * 256n + BigInt(octet), 0n);
const numberOf6 = (address: string): bigint => {
  const [head = '', tail = ''] = address.split('::');
  const left = head.split(':').filter(Boolean);
  const right = tail.split(':').filter(Boolean);
  const all = [...left, ...Array.from({ length: 8 - left.length - right.length }, () => '0'), ...right];
  return all.reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n);
};

const ranges4 = REFUSED_IPV4.map(([, first, last]) => ({ min: numberOf4(first), max: numberOf4(last) }));
const ranges6 = REFUSED_IPV6.map(([, first, last]) => ({ min: numberOf6(first), max: numberOf6(last) }));
const isIn = (ranges: { min: bigint; max: bigint }[], value: bigint) =>
  ranges.some(({ min, max }) => value >= min && value <= max);
const inside = (ranges: { min: bigint; max: bigint }[]) => fc.oneof(...ranges.map((range) => fc.bigInt(range)));

describe('Random addresses', () => {
  const any4 = fc.bigInt({ min: 0n, max: 2n ** 32n - 1n });
  const any6 = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n });
  const global6 = fc.bigInt({ min: 2n ** 125n, max: 2n ** 126n - 1n });

  it('of IPv4 are refused inside the refused ranges and allowed outside', () => {
    fc.assert(
      fc.property(fc.oneof(any4, inside(ranges4)), (value) => {
        expect(policy.allows(octets(value))).toBe(!isIn(ranges4, value));
      }),
      { numRuns: 2_000 },
    );
  });

  it('of IPv6 are refused inside the refused ranges and allowed outside', () => {
    fc.assert(
      fc.property(fc.oneof(any6, global6, inside(ranges6)), (value) => {
        expect(policy.allows(groups(value).join(':'))).toBe(!isIn(ranges6, value));
      }),
      { numRuns: 2_000 },
    );
  });

  it('are judged alike however they are written', () => {
    fc.assert(
      fc.property(fc.oneof(any6, global6, inside(ranges6)), (value) => {
        const plain = groups(value);
        const verdict = policy.allows(plain.join(':'));
        const padded = plain.map((group) => group.padStart(4, '0')).join(':');
        const spellings = [
          padded,
          padded.toUpperCase(),
          `${plain.slice(0, 6).join(':')}:${octets(value & 0xffffffffn)}`,
        ];
        expect(spellings.map((spelling) => policy.allows(spelling))).toEqual(spellings.map(() => verdict));
      }),
    );
  });

  it('in IPv4-mapped form are refused, all of them', () => {
    fc.assert(fc.property(any4, (value) => expect(policy.allows(`::ffff:${octets(value)}`)).toBe(false)));
  });

  it('that are no addresses are refused', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.domain()), (text) => expect(policy.allows(text)).toBe(false)));
  });
});

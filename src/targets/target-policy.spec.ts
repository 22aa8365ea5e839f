import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { isIP } from 'node:net';
import { report, runs } from '../../test/support/run-length.js';
import {
  groups,
  isIn,
  middleOf,
  octets,
  ranges4,
  ranges6,
  SPECIAL_IPV4,
  SPECIAL_IPV6,
  SPECIAL_WITHIN_IPV6,
} from '../../test/support/special-addresses.js';
import { TargetPolicy } from './target-policy.js';

const policy = new TargetPolicy({ allowedNetworks: [] });

const REFUSED_BY_KIND: Record<string, string[]> = {
  'services of hosts and clouds': [
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
    'fd00:c1::a9fe:a9fe',
    'fd00:a9fe:a9fe::1',
    'fd00:42::42',
    'fd00:100::100:200',
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
  'IPv4 in IPv6: mapped, also of public addresses': [
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
  'texts that are no address': [
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

/** Every address of the tables, with its part of the table and whether it is rejected. */
const TABLE: { address: string; refused: boolean; part: string }[] = [
  ...[...SPECIAL_IPV4, ...SPECIAL_IPV6, ...SPECIAL_WITHIN_IPV6].flatMap((range) => {
    const [part, first, last, ...neighbours] = range;
    return [
      ...[first, middleOf(range), last].map((address) => ({ address, refused: true, part })),
      ...neighbours.map((address) => ({ address, refused: false, part: `beside ${part}` })),
    ];
  }),
  ...Object.entries(REFUSED_BY_KIND).flatMap(([part, addresses]) => {
    return addresses.map((address) => ({ address, refused: true, part }));
  }),
  ...ALLOWED.map((address) => ({ address, refused: false, part: 'ordinary' })),
];

describe('The target policy', () => {
  it.each([...new Set(TABLE.map(({ part }) => part))])('decides address by address: %s', (part) => {
    const rows = TABLE.filter((row) => row.part === part);
    const decided = rows.map((row) => ({ ...row, refused: !policy.allows(row.address) }));
    expect(decided).toEqual(rows);
  });

  it('is tested with enough addresses', () => {
    const addresses = new Set(TABLE.filter(({ address }) => isIP(address) !== 0).map(({ address }) => address));
    const refused = [...addresses].filter((address) => !policy.allows(address));
    report('target policy', { addresses: addresses.size, refused: refused.length });
    expect(addresses.size).toBeGreaterThanOrEqual(150);
    expect(refused.length).toBeGreaterThanOrEqual(100);
    expect(addresses.size - refused.length).toBeGreaterThanOrEqual(50);
  });

  it('rejects all addresses of this machine', () => {
    const own = { has: (address: string) => ['198.41.0.4', '2606:4700::1111'].includes(address) };
    const there = new TargetPolicy({ allowedNetworks: [] }, own);
    expect(['198.41.0.4', '2606:4700::1111', '198.41.0.5'].map((address) => there.allows(address))).toEqual([
      false,
      false,
      true,
    ]);
    const opened = new TargetPolicy({ allowedNetworks: ['198.41.0.4/32'] }, own);
    expect(['198.41.0.4', '2606:4700::1111'].map((address) => opened.allows(address))).toEqual([true, false]);
  });
});

const inside = (ranges: { min: bigint; max: bigint }[]) => fc.oneof(...ranges.map((range) => fc.bigInt(range)));

describe('The target policy for random addresses', () => {
  const any4 = fc.bigInt({ min: 0n, max: 2n ** 32n - 1n });
  const any6 = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n });
  const global6 = fc.bigInt({ min: 2n ** 125n, max: 2n ** 126n - 1n });

  it('rejects IPv4 exactly inside the rejected ranges', () => {
    fc.assert(
      fc.property(fc.oneof(any4, inside(ranges4)), (value) => {
        expect(policy.allows(octets(value))).toBe(!isIn(ranges4, value));
      }),
      { numRuns: runs(2_000) },
    );
  });

  it('rejects IPv6 exactly inside the rejected ranges', () => {
    fc.assert(
      fc.property(fc.oneof(any6, global6, inside(ranges6)), (value) => {
        expect(policy.allows(groups(value).join(':'))).toBe(!isIn(ranges6, value));
      }),
      { numRuns: runs(2_000) },
    );
  });

  it('gives the same result for every spelling of an address', () => {
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

  it('rejects every IPv4-mapped address', () => {
    fc.assert(fc.property(any4, (value) => expect(policy.allows(`::ffff:${octets(value)}`)).toBe(false)));
  });

  it('rejects texts that are no addresses', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.domain()), (text) => expect(policy.allows(text)).toBe(false)));
  });
});

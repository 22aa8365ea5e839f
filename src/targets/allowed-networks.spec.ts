import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { runs } from '../../test/support/run-length.js';
import type { AppConfig } from '../config/app-config.js';
import { ConfigError } from '../config/config-error.js';
import { loadConfig } from '../config/environment.js';
import { TargetPolicy } from './target-policy.js';

function allowedBy(...allowedNetworks: string[]): (address: string) => boolean {
  const policy = new TargetPolicy({ allowedNetworks });
  return (address) => policy.allows(address);
}

const METADATA = [
  '169.254.0.0',
  '169.254.169.254',
  '169.254.170.2',
  '169.254.255.255',
  '::ffff:169.254.169.254',
  '::ffff:a9fe:a9fe',
  '64:ff9b::169.254.169.254',
  '168.63.129.16',
  '::ffff:168.63.129.16',
  '64:ff9b::168.63.129.16',
  '100.100.100.200',
  'fe80::1',
  'fe80::a9fe:a9fe',
  'febf:ffff::1',
  'fd00:ec2::254',
  'fd00:ec2::23',
  'fd20:ce::254',
  '192.0.0.192',
  '::ffff:192.0.0.192',
  '64:ff9b::192.0.0.192',
  '64:ff9b::100.100.100.200',
  'fd00:c1::a9fe:a9fe',
  'fd00:a9fe:a9fe::1',
  'fd00:42::42',
  'fd00:100::100:200',
];

/** Addresses that lead to 169.254.169.254 through a translator, router or tunnel. */
const METADATA_IN_DISGUISE = [
  ['compatible', '::169.254.169.254'],
  ['mapped', '::ffff:169.254.169.254'],
  ['translated', '::ffff:0:169.254.169.254'],
  ['NAT64', '64:ff9b::169.254.169.254'],
  ['NAT64 with a prefix of 48 bits', '64:ff9b:1:a9fe:a9:fe00::'],
  ['NAT64 with a prefix of 96 bits', '64:ff9b:1:1::169.254.169.254'],
  ['6to4', '2002:a9fe:a9fe::1'],
  ['Teredo, as the client', '2001:0:4136:e378:8000:63bf:5601:5601'],
  ['Teredo, as the server', '2001:0:a9fe:a9fe::1'],
];

describe('WEBHOOK_ALLOWED_NETWORKS', () => {
  it('opens exactly the given networks', () => {
    const allows = allowedBy('10.1.0.0/16', 'fd12:3456::/32');
    for (const address of ['10.1.0.0', '10.1.255.255', 'fd12:3456::', 'fd12:3456:ffff::1']) {
      expect({ address, allowed: allows(address) }).toEqual({ address, allowed: true });
    }
    for (const address of ['10.0.255.255', '10.2.0.0', '127.0.0.1', 'fd12:3455:ffff::1', 'fd12:3457::', '::1']) {
      expect({ address, allowed: allows(address) }).toEqual({ address, allowed: false });
    }
  });

  it('restricts no address that is allowed anyway', () => {
    const allows = allowedBy('10.0.0.0/8');
    expect(allows('1.1.1.1')).toBe(true);
    expect(allows('2606:4700::1111')).toBe(true);
  });

  it('accepts a single address', () => {
    const allows = allowedBy('127.0.0.1/32', '::1/128');
    expect(['127.0.0.1', '::1', '0:0:0:0:0:0:0:1'].map(allows)).toEqual([true, true, true]);
    expect(['127.0.0.2', '::2', '::'].map(allows)).toEqual([false, false, false]);
  });

  it('accepts any address of a network as its name', () => {
    const allows = allowedBy('10.1.2.3/8', 'fd12:3456::ffff/32');
    expect(['10.200.0.1', 'fd12:3456:1::'].map(allows)).toEqual([true, true]);
    expect(allows('fd12:3457::')).toBe(false);
  });

  it('never opens metadata services of clouds, not even when everything is allowed', () => {
    const allows = allowedBy('0.0.0.0/0', '::/0', '169.254.0.0/16', '169.254.169.254/32', 'fe80::/10', '64:ff9b::/96');
    expect(METADATA.filter(allows)).toEqual([]);
    expect(['10.0.0.1', '127.0.0.1', '::1', 'fd00::1', '64:ff9b::10.0.0.1'].map(allows)).not.toContain(false);
  });

  it.each(METADATA_IN_DISGUISE)('never opens a metadata service in the form of %s', (_form, address) => {
    expect(allowedBy('::/0', '0.0.0.0/0', `${address}/128`)(address)).toBe(false);
  });

  it('opens IPv4 only by IPv4 networks and IPv6 only by IPv6 networks', () => {
    expect(['10.0.0.1', '127.0.0.1'].filter(allowedBy('::/0'))).toEqual([]);
    expect(['10.0.0.1'].filter(allowedBy('::ffff:0:0/96'))).toEqual([]);
    expect(['::ffff:127.0.0.1', '::127.0.0.1', '::1'].filter(allowedBy('0.0.0.0/0', '127.0.0.0/8'))).toEqual([]);
  });

  it('opens nothing for texts that are no address or have a zone id', () => {
    const allows = allowedBy('0.0.0.0/0', '::/0');
    expect(['', 'localhost', '127.1', '010.0.0.1', 'fd00::1%eth0', '::1%lo', '[::1]'].filter(allows)).toEqual([]);
  });

  it('is either rejected at start or interpreted, for any text', () => {
    const network = fc.tuple(fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom('fe80::1%eth0', '::', '1.2')), fc.nat(140));
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(network.map(([address, prefix]) => `${address}/${prefix}`)).map((networks) => networks.join(',')),
    );
    fc.assert(
      fc.property(text, (networks) => {
        let config: AppConfig;
        try {
          config = loadConfig({ WEBHOOK_ALLOWED_NETWORKS: networks });
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
          return;
        }
        const policy = new TargetPolicy(config);
        expect(METADATA.filter((address) => policy.allows(address))).toEqual([]);
      }),
      { numRuns: runs(1_000) },
    );
  });
});

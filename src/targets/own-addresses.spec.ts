import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';
import { OwnAddresses } from './own-addresses.js';

type Interfaces = NodeJS.Dict<NetworkInterfaceInfo[]>;

function interfacesWith(...addresses: string[]): Interfaces {
  const entries = addresses.map((address) => ({ address, family: address.includes(':') ? 'IPv6' : 'IPv4' }));
  return { eth0: entries as NetworkInterfaceInfo[], gone: undefined };
}

describe('OwnAddresses', () => {
  let now: number;

  beforeEach(() => {
    now = 1_000;
    jest.spyOn(performance, 'now').mockImplementation(() => now);
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('recognizes the addresses of all interfaces in every spelling', () => {
    const own = new OwnAddresses(() => interfacesWith('198.41.0.4', '2606:4700::1111'));
    expect(own.has('198.41.0.4', 'ipv4')).toBe(true);
    expect(own.has('2606:4700:0:0:0:0:0:1111', 'ipv6')).toBe(true);
    expect(own.has('198.41.0.5', 'ipv4')).toBe(false);
    expect(own.has('2606:4700::1112', 'ipv6')).toBe(false);
  });

  it('notices changes while the process runs', () => {
    let interfaces = interfacesWith('198.41.0.4');
    const read = jest.fn(() => interfaces);
    const own = new OwnAddresses(read);
    expect(own.has('198.41.0.4', 'ipv4')).toBe(true);
    interfaces = interfacesWith('198.41.0.5');
    now += 4_999;
    expect(own.has('198.41.0.5', 'ipv4')).toBe(false);
    expect(read).toHaveBeenCalledTimes(1);
    now += 1;
    expect(own.has('198.41.0.5', 'ipv4')).toBe(true);
    expect(own.has('198.41.0.4', 'ipv4')).toBe(false);
  });

  it('reads the addresses from the operating system', () => {
    const own = new OwnAddresses();
    const real = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
    expect(real.length).toBeGreaterThan(0);
    for (const { address, family } of real) expect(own.has(address, family === 'IPv4' ? 'ipv4' : 'ipv6')).toBe(true);
  });
});

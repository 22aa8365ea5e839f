import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '../config/environment.js';
import { TargetPolicy } from '../targets/target-policy.js';
import { TargetHosts } from './target-hosts.js';

function given(): TargetHosts {
  const config = loadConfig({
    DISPATCH_RATE_PER_HOST: '1',
    DISPATCH_CONCURRENCY_PER_HOST: '3',
    WEBHOOK_ALLOWED_NETWORKS: '10.0.0.0/8,fd00::/8',
  });
  return new TargetHosts(new TargetPolicy(config), config);
}

describe('TargetHosts', () => {
  it.each([
    ['https://host.example/a', 'https://host.example/b?c'],
    ['https://host.example/', 'https://host.example:8443/'],
    ['https://HOST.example/', 'http://host.example/'],
  ])('returns the same host for %s and %s', (one, other) => {
    const hosts = given();
    expect(hosts.of(one)).toBe(hosts.of(other));
  });

  it('returns other hosts for other names', () => {
    const hosts = given();
    expect(hosts.of('https://a.host.example/')).not.toBe(hosts.of('https://host.example/'));
  });

  it.each(['https://host.example/', 'https://8.8.8.8/', 'https://[2600::1]/'])('limits the rate of %s', (url) => {
    const host = given().of(url);
    host.start();
    host.end();
    expect(host.delay()).toBeGreaterThan(0);
  });

  it.each(['https://10.1.2.3/', 'https://[fd00::1]/'])(
    'limits no rate when the operator has allowed the address: %s',
    (url) => {
      const host = given().of(url);
      for (let count = 0; count < 3; count += 1) host.start();
      expect(host.delay()).toBe(0);
      // The concurrency is limited for every host.
      expect(host.canStart()).toBe(false);
    },
  );

  it('forgets a host when no queue leads to it and it is idle', () => {
    const hosts = given();
    const [kept, busy, forgotten] = ['kept', 'busy', 'forgotten'].map((name) => hosts.of(`https://${name}.example/`));
    busy!.start();
    hosts.keep(new Set([kept!]));
    expect(hosts.of('https://kept.example/')).toBe(kept);
    expect(hosts.of('https://busy.example/')).toBe(busy);
    expect(hosts.of('https://forgotten.example/')).not.toBe(forgotten);
  });

  it('parses the parts of the URL that a request needs', () => {
    const hosts = given();
    const url = 'https://host.example:8443/a/b?c=d';
    const target = hosts.targetOf(url, 'uid 1');
    expect(target).toMatchObject({ url, origin: 'https://uid%201@host.example:8443', path: '/a/b?c=d' });
    expect(target.host).toBe(hosts.of(url));
    expect(hosts.targetOf(url, 'uid 1', 'id').origin).toBe('https://uid%201:id@host.example:8443');
  });
});

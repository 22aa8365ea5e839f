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

describe('The hosts that are sent to', () => {
  it.each([
    ['https://host.example/a', 'https://host.example/b?c'],
    ['https://host.example/', 'https://host.example:8443/'],
    ['https://HOST.example/', 'http://host.example/'],
  ])('are the same for %s and %s', (one, other) => {
    const hosts = given();
    expect(hosts.of(one)).toBe(hosts.of(other));
  });

  it('are others for other names', () => {
    const hosts = given();
    expect(hosts.of('https://a.host.example/')).not.toBe(hosts.of('https://host.example/'));
  });

  it.each(['https://host.example/', 'https://8.8.8.8/', 'https://[2600::1]/'])('have a rate: %s', (url) => {
    const host = given().of(url);
    host.begin();
    host.end();
    expect(host.delay()).toBeGreaterThan(0);
  });

  it.each(['https://10.1.2.3/', 'https://[fd00::1]/'])('have none where the operator allowed them: %s', (url) => {
    const host = given().of(url);
    for (let count = 0; count < 3; count += 1) host.begin();
    expect(host.delay()).toBe(0);
    // How many at once holds for all.
    expect(host.hasRoom()).toBe(false);
  });

  it('are forgotten when nobody leads to them any more', () => {
    const hosts = given();
    const [kept, forgotten] = [hosts.of('https://kept.example/'), hosts.of('https://forgotten.example/')];
    hosts.keep([kept]);
    expect(hosts.of('https://kept.example/')).toBe(kept);
    expect(hosts.of('https://forgotten.example/')).not.toBe(forgotten);
  });
});

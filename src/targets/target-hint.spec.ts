import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { targetHint } from './target-hint.js';
import { TargetPolicy } from './target-policy.js';
import { MAX_URL_LENGTH } from './target-url.js';

const policy = new TargetPolicy({ allowedNetworks: ['10.0.0.0/8'] });

describe('The hint for a rejected URL', () => {
  it.each([
    ['http://example.com:22/', true, 'begin it with https://, or start this service with WEBHOOK_REQUIRE_HTTPS=false'],
    ['http://example.com:22/', false, undefined],
    ['https://example.com:22/', true, undefined],
    ['http://10.0.0.1:22/', false, undefined],
    ['http://[fe80::1]/', false, 'no setting allows this address'],
    ['https://[fd00::1]/', true, expect.stringContaining('the network in WEBHOOK_ALLOWED_NETWORKS')],
    [`localhost/${'x'.repeat(MAX_URL_LENGTH)}`, true, undefined],
  ])('of %j with requireHttps %j is: %s', (text, requireHttps, hint) => {
    expect(targetHint(text, policy, requireHttps)?.toString()).toEqual(hint);
  });

  it('is one of a few sentences and repeats nothing of the URL', () => {
    const scraps = fc.constantFrom(
      'http',
      'https',
      '://',
      ':',
      '/',
      '@',
      '#',
      '.',
      '[',
      ']',
      '::1',
      '127.',
      'localhost',
      '<',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.webUrl(),
      fc.array(scraps).map((parts) => parts.join('')),
    );
    const hints = new Set<unknown>();
    fc.assert(
      fc.property(
        text,
        fc.boolean(),
        (text, requireHttps) => void hints.add(targetHint(text, policy, requireHttps)?.toString()),
      ),
    );
    expect(hints.size).toBeGreaterThan(3);
    expect(hints.size).toBeLessThan(12);
  });
});

import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { report, runs } from '../../test/support/run-length.js';
import { text } from '../translations/phrase.js';
import { TargetPolicy } from './target-policy.js';
import { checkTargetUrl, MAX_URL_LENGTH } from './target-url.js';

const policy = new TargetPolicy({ allowedNetworks: [] });
const check = (text: string) => checkTargetUrl(text, policy, true);
const checkAny = (text: string) => checkTargetUrl(text, policy, false);

const PORT = text('must use port 443, 8443 or one from 1024 to 65535');
const ADDRESS = text('must not point to a private or reserved address');
const PUBLIC = text('must have a public host name');

describe('The URL of a webhook', () => {
  it('may use plain HTTP and port 80 only when HTTPS is not required', () => {
    expect(checkAny('http://example.com/hook')).toEqual({ href: 'http://example.com/hook' });
    expect(checkAny('http://example.com:80/')).toEqual({ href: 'http://example.com/' });
    expect(checkAny('http://example.com:8080/')).toEqual({ href: 'http://example.com:8080/' });
    expect(checkAny('https://example.com/')).toEqual({ href: 'https://example.com/' });
    expect(checkAny('http://example.com:81/')).toEqual({ fault: PORT });
    expect(checkAny('https://example.com:80/')).toEqual({ fault: PORT });
    expect(checkAny('http://127.0.0.1/')).toEqual({ fault: ADDRESS });
    expect(checkAny('ftp://example.com/')).toEqual({ fault: text('must be an HTTP or HTTPS URL') });
  });

  it('may name an address of the allowed networks, but not localhost', () => {
    const loopback = new TargetPolicy({ allowedNetworks: ['127.0.0.0/8'] });
    expect(checkTargetUrl('https://127.1:8443/', loopback, true)).toEqual({ href: 'https://127.0.0.1:8443/' });
    expect(checkTargetUrl('https://localhost:8443/', loopback, true)).toEqual({ fault: PUBLIC });
    expect(checkTargetUrl('https://10.0.0.1/', loopback, true)).toEqual({ fault: ADDRESS });
  });
});

/** Parts of URLs, and texts that resemble them. */
const SCRAPS = [
  'https',
  'http',
  ':',
  '/',
  '//',
  '\\',
  '@',
  '#',
  '?',
  '[',
  ']',
  '.',
  '。',
  '%',
  '%2e',
  '%00',
  '0x',
  '0177',
  '127',
  '1',
].concat(
  ['::', 'ffff', '64:ff9b::', 'fe80::1%25eth0', 'localhost', 'example', 'com', 'xn--', '443', '8443', '65536'],
  ['\t', '\n', ' ', '\0', '\u00ad', '\ud800', '１', '①', 'é', '한국', 'a'.repeat(64)],
);

describe('Any text as the URL of a webhook', () => {
  const scraps = fc.array(fc.constantFrom(...SCRAPS), { maxLength: 12 }).map((parts) => parts.join(''));
  const anything = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme', maxLength: 3_000 }),
    scraps,
    scraps.map((text) => `https://${text}`),
    scraps.map((text) => `https://example.com${text}`),
    fc.webUrl({ withQueryParameters: true, withFragments: true }),
  );

  it('is either stored in a form that is accepted again, or rejected for one reason', () => {
    const counts = { tried: 0, accepted: 0 };
    fc.assert(
      fc.property(anything, fc.boolean(), (text, requireHttps) => {
        const { href, fault, ...rest } = checkTargetUrl(text, policy, requireHttps);
        counts.tried += 1;
        expect(rest).toEqual({});
        if (href === undefined) {
          expect(String(fault)).toMatch(/^must .{5,80}$/);
          return;
        }
        counts.accepted += 1;
        expect(fault).toBeUndefined();
        expect(href.length).toBeLessThanOrEqual(MAX_URL_LENGTH);
        expect(checkTargetUrl(href, policy, requireHttps)).toEqual({ href });
      }),
      { numRuns: runs(5_000) },
    );
    report('fuzzed urls', counts);
    expect(counts.accepted).toBeGreaterThan(counts.tried / 50);
  });
});

describe('Any accepted URL', () => {
  const parts = fc.record({
    scheme: fc.constantFrom('https://', 'HTTPS://', 'https:', 'https:\\\\'),
    user: fc.constantFrom('', '', '', '@', 'user@'),
    host: fc.oneof(
      fc.domain(),
      fc.ipV4Extended(),
      fc.ipV6().map((address) => `[${address}]`),
      fc.string({ unit: 'grapheme' }),
    ),
    port: fc.oneof(
      fc.constant(''),
      fc.integer({ min: 0, max: 70_000 }).map((port) => `:${port}`),
    ),
    rest: fc.oneof(
      fc.constant(''),
      fc.webPath(),
      fc.string({ unit: 'binary' }).map((text) => `/${text}`),
    ),
    query: fc.oneof(
      fc.constant(''),
      fc.string({ unit: 'binary' }).map((text) => `?${text}`),
    ),
  });
  const written = parts.map(({ scheme, user, host, port, rest, query }) => scheme + user + host + port + rest + query);
  const accepted = fc
    .oneof(fc.webUrl({ validSchemes: ['https'], withQueryParameters: true }), written)
    .map((text) => check(text).href)
    .filter((href) => href !== undefined);

  it('has a stored form that is accepted again, unchanged', () => {
    fc.assert(fc.property(accepted, (href) => expect(check(href)).toEqual({ href })));
  });

  it('is stored without credentials and fragment, as HTTPS, in visible ASCII and within the limit', () => {
    fc.assert(
      fc.property(accepted, (href) => {
        const { protocol, username, password, hash } = new URL(href);
        expect({ protocol, username, password, hash }).toEqual({
          protocol: 'https:',
          username: '',
          password: '',
          hash: '',
        });
        expect(href).toMatch(/^[\x21-\x7e]+$/);
        expect(href.length).toBeLessThanOrEqual(MAX_URL_LENGTH);
      }),
    );
  });

  it('names a dotted host or an address that the policy allows', () => {
    fc.assert(
      fc.property(accepted, (href) => {
        const { hostname } = new URL(href);
        const isName =
          /^[^.:[\]]+(\.[^.:[\]]+)+$/.test(hostname) && !/\.(\d+|local|localhost|internal)$/.test(hostname);
        expect(isName || policy.allows(hostname.replace(/^\[|\]$/g, ''))).toBe(true);
      }),
    );
  });
});

import { isIP } from 'node:net';
import { parseUrl } from '../common/parse-url.js';
import type { TargetPolicy } from './target-policy.js';
import { isLocalName, MAX_URL_LENGTH } from './target-url.js';
import { withoutBrackets } from './without-brackets.js';
import { text, type Phrase } from '../translations/phrase.js';

interface Refused {
  given: string;
  /** The parsed text, with a scheme added if it has none. Undefined if it is no URL. */
  url: URL | undefined;
  host: string;
  policy: TargetPolicy;
  requireHttps: boolean;
}

const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;

/** Hints for each kind of rejected URL. The first match counts. */
const HINTS: readonly (readonly [applies: (refused: Refused) => boolean, hint: Phrase])[] = [
  [({ given }) => /^[\s<"'`]|[\s>"'`]$/.test(given), text('remove the quotes, brackets or spaces around it')],
  [
    ({ url }) => url === undefined,
    text('check its host and port: a valid URL is like https://your-app.com/webhooks/docmap'),
  ],
  [
    ({ host }) => /(?:^|\.)localhost$|^127\.|^::1$/.test(host),
    text(
      'for a receiver on your own machine, register the HTTPS URL of a tunnel; or start this service with WEBHOOK_REQUIRE_HTTPS=false and WEBHOOK_ALLOWED_NETWORKS=127.0.0.0/8, and register http://127.0.0.1:<port>/',
    ),
  ],
  [({ given }) => !/^https?:/i.test(given), text('begin it with https:// and a host')],
  [
    ({ url }) => url?.username !== '' || url.password !== '',
    text('remove user name and password, and verify the signature of each request instead'),
  ],
  [({ given }) => given.includes('#'), text('remove the # and the text after it')],
  [({ host, policy }) => isIP(host) !== 0 && !policy.canAllow(host), text('no setting allows this address')],
  [
    ({ host, policy }) => isIP(host) !== 0 && !policy.allows(host),
    text(
      'for a receiver in a private network, start this service with the network in WEBHOOK_ALLOWED_NETWORKS, and with WEBHOOK_REQUIRE_HTTPS=false for plain HTTP',
    ),
  ],
  [
    ({ host }) => isLocalName(host),
    text('for a receiver in a private network, register its address, which WEBHOOK_ALLOWED_NETWORKS must allow'),
  ],
  [
    ({ url, requireHttps }) => requireHttps && url?.protocol === 'http:',
    text('begin it with https://, or start this service with WEBHOOK_REQUIRE_HTTPS=false'),
  ],
];

/** A hint for a rejected URL. It repeats nothing of the URL, which may hold a secret. */
export function targetHint(given: string, policy: TargetPolicy, requireHttps: boolean): Phrase | undefined {
  if (given.length > MAX_URL_LENGTH) return undefined;
  const url = parseUrl(SCHEME.test(given) ? given : `https://${given}`);
  const host = withoutBrackets(url?.hostname ?? '');
  return HINTS.find(([applies]) => applies({ given, url, host, policy, requireHttps }))?.[1];
}

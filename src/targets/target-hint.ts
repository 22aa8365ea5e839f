import { isIP } from 'node:net';
import { parseUrl } from '../common/parse-url.js';
import type { TargetPolicy } from './target-policy.js';
import { isLocalName, MAX_URL_LENGTH } from './target-url.js';
import { withoutBrackets } from './without-brackets.js';

interface Refused {
  text: string;
  /** What the text is, or would be with a scheme; undefined where it is no URL. */
  url: URL | undefined;
  host: string;
  policy: TargetPolicy;
  requireHttps: boolean;
}

const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;

/** What helps against each kind of URL that is refused; the first that applies is given. */
const HINTS: readonly (readonly [applies: (refused: Refused) => boolean, hint: string])[] = [
  [({ text }) => /^[\s<"'`]|[\s>"'`]$/.test(text), 'leave out the quotes, brackets or spaces around it'],
  [({ url }) => url === undefined, 'check its host and port: it has to be like https://your-app.com/webhooks/docmap'],
  [
    ({ host }) => /(?:^|\.)localhost$|^127\.|^::1$/.test(host),
    'for a receiver on your own machine register the HTTPS URL of a tunnel, or start this service with ' +
      'WEBHOOK_REQUIRE_HTTPS=false and WEBHOOK_ALLOWED_NETWORKS=127.0.0.0/8 and register http://127.0.0.1:<port>/',
  ],
  [({ text }) => !/^https?:/i.test(text), 'begin it with https:// and a host'],
  [
    ({ url }) => url?.username !== '' || url.password !== '',
    'leave out what is before the @, and verify the signature of each request instead',
  ],
  [({ text }) => text.includes('#'), 'leave out the # and what follows it'],
  [({ host, policy }) => isIP(host) !== 0 && !policy.canAllow(host), 'no setting allows this one'],
  [
    ({ host, policy }) => isIP(host) !== 0 && !policy.allows(host),
    'for a receiver in a private network start this service with its network in WEBHOOK_ALLOWED_NETWORKS, ' +
      'and with WEBHOOK_REQUIRE_HTTPS=false for plain HTTP',
  ],
  [
    ({ host }) => isLocalName(host),
    'for a receiver in a private network register its address, which WEBHOOK_ALLOWED_NETWORKS has to allow',
  ],
  [
    ({ url, requireHttps }) => requireHttps && url?.protocol === 'http:',
    'begin it with https://, or start this service with WEBHOOK_REQUIRE_HTTPS=false',
  ],
];

/** What to type instead of a URL that is refused; nothing of it is repeated, since it may hold a secret. */
export function targetHint(text: string, policy: TargetPolicy, requireHttps: boolean): string | undefined {
  if (text.length > MAX_URL_LENGTH) return undefined;
  const url = parseUrl(SCHEME.test(text) ? text : `https://${text}`);
  const host = withoutBrackets(url?.hostname ?? '');
  return HINTS.find(([applies]) => applies({ text, url, host, policy, requireHttps }))?.[1];
}

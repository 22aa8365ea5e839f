import { isIP } from 'node:net';
import { parseUrl } from '../common/parse-url.js';
import { isIdnaLabel } from './idna-label.js';
import type { TargetPolicy } from './target-policy.js';
import { withoutBrackets } from './without-brackets.js';
import { text, type Phrase } from '../translations/phrase.js';

/** Maximum length of a URL, in characters. */
export const MAX_URL_LENGTH = 2_048;

const TOO_LONG = text('must not be longer than {{max}} characters', { max: MAX_URL_LENGTH });

/** Suffixes of names that are local to a machine or network (RFC 6761, RFC 6762, ICANN's reservation of .internal). */
const LOCAL_NAMES = /(^|\.)(localhost|local|internal)$/;

interface Checked {
  /** The URL as it is stored and requested: normalized by the WHATWG parser. */
  href?: string;
  /** The reason for a rejection. It follows the name of the field in the message. */
  fault?: Phrase;
}

/**
 * Decides whether a URL may be registered, without network access. Its addresses are checked at every connection.
 */
export function checkTargetUrl(given: string, policy: TargetPolicy, requireHttps: boolean): Checked {
  if (given.length > MAX_URL_LENGTH) return { fault: TOO_LONG };
  const url = parseUrl(given);
  if (!url?.hostname.split('.').every(isIdnaLabel)) return { fault: text('must be an absolute URL') };
  if (!usesHttps(url.href) && (requireHttps || url.protocol !== 'http:')) {
    return { fault: requireHttps ? text('must be an HTTPS URL') : text('must be an HTTP or HTTPS URL') };
  }
  if (url.username !== '' || url.password !== '') return { fault: text('must not contain credentials') };
  if (url.hash !== '' || given.includes('#')) return { fault: text('must not have a fragment') };
  if (!isAllowedPort(url, requireHttps)) return { fault: text('must use port 443, 8443 or one from 1024 to 65535') };
  const fault = hostFault(url.hostname, policy);
  if (fault !== undefined) return { fault };
  if (url.href.length > MAX_URL_LENGTH) return { fault: TOO_LONG };
  return { href: url.href };
}

/**
 * Whether requests to this URL are encrypted.
 *
 * A configuration can become stricter after a URL was stored. The rule for HTTPS is therefore checked again before every
 * attempt, and the allowed networks at every connection.
 */
export function usesHttps(href: string): boolean {
  return /^https:/i.test(href);
}

/** Whether a host name is local to a machine or network. */
export function isLocalName(hostname: string): boolean {
  return !hostname.includes('.') || LOCAL_NAMES.test(hostname);
}

function isAllowedPort({ port, protocol }: URL, requireHttps: boolean): boolean {
  if (port === '') return protocol === 'https:' || !requireHttps;
  return Number(port) === 443 || Number(port) >= 1_024;
}

function hostFault(hostname: string, policy: TargetPolicy): Phrase | undefined {
  const address = withoutBrackets(hostname);
  if (isIP(address) !== 0) {
    return policy.allows(address) ? undefined : text('must not point to a private or reserved address');
  }
  if (hostname.endsWith('.')) return text('must not have a host name that ends with a dot');
  if (isLocalName(hostname)) return text('must have a public host name');
  const labels = hostname.split('.');
  if (hostname.length > 253 || labels.some((label) => label.length === 0 || label.length > 63)) {
    return text('must have a valid host name');
  }
  return undefined;
}

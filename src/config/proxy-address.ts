import { parseUrl } from '../common/parse-url.js';

/** The address of an HTTP proxy. */
export interface ProxyAddress {
  readonly protocol: 'http:' | 'https:';
  /** A name or an address. An IPv6 address is in brackets. */
  readonly hostname: string;
  readonly port: string;
  /** The value of `Proxy-Authorization` (RFC 7617). Undefined without credentials. */
  readonly authorization: string | undefined;
}

/** Control characters, which RFC 7617 (section 2) forbids in names and passwords. */
const CONTROL = /\p{Cc}/u;

/**
 * Reads the URL of a proxy: `http` or `https`, percent-encoded credentials, no path, no query. The default ports are 80 and 443.
 *
 * @returns undefined if the text is no such URL
 */
export function parseProxyAddress(text: string): ProxyAddress | undefined {
  const url = /^https?:\/\//i.test(text) ? parseUrl(text) : undefined;
  if (url === undefined || url.pathname !== '/' || /[?#\s]/.test(text)) return undefined;
  const protocol = url.protocol === 'https:' ? 'https:' : 'http:';
  const authorization = authorizationOf(url);
  if (authorization === null) return undefined;
  return { protocol, hostname: url.hostname, port: url.port || (protocol === 'https:' ? '443' : '80'), authorization };
}

/** The header for the credentials of a URL. Undefined without credentials, null if no header can carry them. */
function authorizationOf({ username, password }: URL): string | undefined | null {
  if (username === '' && password === '') return undefined;
  try {
    const [user, secret] = [decodeURIComponent(username), decodeURIComponent(password)];
    // The first colon ends the name.
    if (user.includes(':') || CONTROL.test(user + secret)) return null;
    return `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;
  } catch {
    return null;
  }
}

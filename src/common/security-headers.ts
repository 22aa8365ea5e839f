import type { IncomingMessage, ServerResponse } from 'node:http';
import helmet, { type HelmetOptions } from 'helmet';

const COMMON = {
  // Whoever ends TLS answers for a host, not for its neighbours. Over plain HTTP browsers ignore it (RFC 6797, 8.1).
  strictTransportSecurity: { maxAge: 31_536_000, includeSubDomains: false },
  xFrameOptions: { action: 'deny' },
  // For the browsers of another age, or against what neither JSON nor the one page here does.
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
} satisfies HelmetOptions;

/**
 * What every answer carries beside those of the documentation page: JSON that no page may frame, run or sniff, and that
 * no cache keeps, since much of it is somebody's, and some of it a secret.
 */
export const API_HEADERS = headersOf({
  // Of documents alone.
  crossOriginOpenerPolicy: false,
  contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
});

/**
 * What the documentation page carries: scripts of this host only, none inline. Swagger UI sets styles inline, and its
 * icons are `data:` URLs. `upgrade-insecure-requests` is not in it: the page must also work over plain HTTP.
 */
export const PAGE_HEADERS = headersOf({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      baseUri: ["'none'"],
      connectSrc: ["'self'"],
      fontSrc: ["'self'", 'data:'],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
      imgSrc: ["'self'", 'data:'],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
    },
  },
});

/** Helmet's headers, made once: made for each request they would cost as much as the rest of answering it. */
function headersOf(
  options: Pick<HelmetOptions, 'contentSecurityPolicy' | 'crossOriginOpenerPolicy'>,
): Readonly<Record<string, string>> {
  const headers: Record<string, string> = { 'cache-control': 'no-store' };
  const response = {
    setHeader: (name: string, value: string) => {
      headers[name.toLowerCase()] = value;
    },
    removeHeader: () => undefined,
  };
  helmet({ ...COMMON, ...options })({} as IncomingMessage, response as unknown as ServerResponse, () => undefined);
  return Object.freeze(headers);
}

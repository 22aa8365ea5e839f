import type { IncomingMessage, ServerResponse } from 'node:http';
import helmet, { type HelmetOptions } from 'helmet';

const COMMON = {
  // The TLS operator decides for one host, not for its subdomains. Browsers ignore it over HTTP (RFC 6797, 8.1).
  strictTransportSecurity: { maxAge: 31_536_000, includeSubDomains: false },
  xFrameOptions: { action: 'deny' },
  // Off: these protect old browsers, or features that neither JSON nor the documentation page uses.
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
} satisfies HelmetOptions;

/**
 * Security headers of every response except the documentation page. Pages must not frame, execute or sniff the JSON.
 * Caches must not store it: most of it belongs to one user, and some of it is secret.
 */
export const API_HEADERS = headersOf({
  // Applies to documents only.
  crossOriginOpenerPolicy: false,
  contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
});

/**
 * Security headers of the documentation page. Scripts come from this host only; inline scripts are blocked. Swagger UI
 * needs inline styles and `data:` icons. `upgrade-insecure-requests` is absent, because the page must work over HTTP.
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

/** Computes Helmet's headers once. Computing them per request would double the cost of a response. */
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

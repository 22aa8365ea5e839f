/**
 * Parses a URL. Returns undefined for a text that is no URL.
 *
 * `URL.canParse` can't be used. In Node.js 20 it rejects every URL with non-ASCII characters after about 4,000 calls,
 * when V8 has optimized it.
 */
export function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

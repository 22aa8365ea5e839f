import { validateHeaderName, validateHeaderValue } from 'node:http';

/** Headers that requests of this service have, and those that describe a connection (RFC 9110, section 7.6.1). */
const RESERVED =
  /^(accept|accept-encoding|connection|content-.*|expect|host|http2-settings|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|user-agent|webhook-.*|x-docmap-.*)$/;

/**
 * The headers of a request with additional ones.
 *
 * @throws TypeError if a name is reserved, or a name or value is not one of HTTP
 */
export function withAdded(
  headers: Readonly<Record<string, string>>,
  added: Readonly<Record<string, string>>,
): Record<string, string> {
  const all = { ...headers };
  for (const [name, value] of Object.entries(added)) {
    const lowerCase = name.toLowerCase();
    if (RESERVED.test(lowerCase)) throw new TypeError(`The header ${name} can't be added to a webhook's request`);
    validateHeaderName(name);
    validateHeaderValue(name, value);
    all[lowerCase] = value;
  }
  return all;
}

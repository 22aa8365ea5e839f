import { validateHeaderName, validateHeaderValue } from 'node:http';
import { isReservedHeader } from '../webhooks/webhook-headers.js';

/**
 * The headers of a request, with added headers.
 *
 * @throws TypeError if a name is reserved, or if HTTP does not allow a name or value
 */
export function withAdded(
  headers: Readonly<Record<string, string>>,
  added: Readonly<Record<string, string>>,
): Record<string, string> {
  const all = { ...headers };
  for (const [name, value] of Object.entries(added)) {
    const lowerCase = name.toLowerCase();
    if (isReservedHeader(lowerCase)) throw new TypeError(`The header ${name} can't be added to a webhook's request`);
    validateHeaderName(name);
    validateHeaderValue(name, value);
    all[lowerCase] = value;
  }
  return all;
}

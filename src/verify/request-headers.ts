import { WebhookVerificationError } from './webhook-verification.error.js';

/** The headers of a request: those of `node:http`, of the Fetch API, or an object of any framework. Case does not matter. */
export type RequestHeaders =
  { get(name: string): string | null } | Readonly<Record<string, string | readonly string[] | undefined>>;

/** @throws TypeError if there are no headers, or a text */
export function checkedHeaders(headers: RequestHeaders): RequestHeaders {
  if (typeof headers === 'object' && headers !== null) return headers;
  throw new TypeError('The headers of the request are missing: give the object of your framework');
}

/** The value of a header, or undefined if it is missing, empty or ambiguous. */
export function headerOf(headers: RequestHeaders, name: string): string | undefined {
  if (isFetchHeaders(headers)) return headers.get(name) || undefined;
  const values = Object.entries(headers)
    .filter(([each]) => each.toLowerCase() === name)
    .flatMap(([, value]) => value ?? []);
  return values.length === 1 ? values[0] || undefined : undefined;
}

/** @throws WebhookVerificationError `missing-header` */
export function requiredHeader(headers: RequestHeaders, name: string): string {
  const value = headerOf(headers, name);
  if (value !== undefined) return value;
  throw new WebhookVerificationError('missing-header', `The request needs exactly one header ${name}`);
}

function isFetchHeaders(headers: RequestHeaders): headers is { get(name: string): string | null } {
  return typeof headers.get === 'function';
}

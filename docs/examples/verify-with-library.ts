import type { IncomingHttpHeaders } from 'node:http';
import { Webhook } from 'standardwebhooks';

/**
 * Returns the event of a genuine and recent request, and throws for any other.
 *
 * @param body the bytes as they came
 * @param secret the signing secret as it was returned
 */
export function verify(body: Buffer, headers: IncomingHttpHeaders, secret: string): unknown {
  return new Webhook(secret).verify(body, headers as Record<string, string>);
}

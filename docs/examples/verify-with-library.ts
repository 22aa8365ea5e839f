import type { IncomingHttpHeaders } from 'node:http';
import { Webhook } from 'standardwebhooks';

export { WebhookVerificationError } from 'standardwebhooks';

/**
 * Returns the event of a genuine and recent request.
 *
 * @param body the bytes as they came
 * @param secret the signing secret as it was returned
 * @throws WebhookVerificationError for any other request: answer 401
 * @throws Error if the secret is missing or malformed: answer 500
 */
export function verify(body: Buffer, headers: IncomingHttpHeaders, secret: string): unknown {
  return new Webhook(secret).verify(body, headers as Record<string, string>);
}

import type { ClaimedDelivery } from '../queue/outbox.js';
import { bodySignature, standardSignature } from './signature.js';
import { factsOf } from './webhook-facts.js';
import type { WebhookRequest } from './webhook-sender.js';

/**
 * The request of one attempt.
 *
 * @param secrets the webhook's secret and, while a rotation overlaps, the one before
 * @param now milliseconds since 1970
 */
export function signedRequest(
  delivery: ClaimedDelivery,
  { secrets, now, userAgent }: { secrets: readonly string[]; now: number; userAgent: string },
): WebhookRequest {
  const { id, url, payload: body, eventType, attempts } = delivery;
  const { webhookId, userId, metadata } = factsOf(delivery);
  const timestamp = Math.floor(now / 1_000);
  return {
    webhookId,
    userId,
    metadata,
    url,
    body,
    headers: {
      accept: '*/*',
      // A compressed answer would have to be unpacked, and could unpack to anything.
      'accept-encoding': 'identity',
      'content-type': 'application/json',
      'user-agent': userAgent,
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': standardSignature({ id, timestamp, body }, secrets),
      'x-docmap-signature': bodySignature(body, secrets),
      'x-docmap-event': eventType,
      'x-docmap-delivery': id,
      'x-docmap-attempt': String(attempts + 1),
    },
  };
}

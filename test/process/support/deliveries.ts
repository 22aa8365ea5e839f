import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { ReceivedRequest } from '../../support/receiver.js';

/** What a receiver knows of one delivery after all its requests. */
export interface ReceivedDelivery {
  messageId: string;
  requests: number;
}

/**
 * Sorts requests by the extraction they tell of, and checks as a receiver would that they are genuine and that repeats
 * can be told: both signatures, and one message id and one body however often it came.
 *
 * @throws Error when a request is not as documented
 */
export function deliveriesOf(requests: ReceivedRequest[], secret: string): Map<string, ReceivedDelivery> {
  const verifier = new Webhook(secret);
  const deliveries = new Map<string, ReceivedDelivery & { body: string }>();
  for (const { body, headers } of requests) {
    const payload = verifier.verify(body, headers as Record<string, string>) as { data: { id: string } };
    const expected = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
    if (headers['x-docmap-signature'] !== expected) throw new Error('x-docmap-signature does not fit the body');

    const messageId = String(headers['webhook-id']);
    const { id } = payload.data;
    const earlier = deliveries.get(id);
    if (earlier && (earlier.messageId !== messageId || earlier.body !== body)) {
      throw new Error(`The repeat of ${id} looks like another message`);
    }
    deliveries.set(id, { messageId, body, requests: (earlier?.requests ?? 0) + 1 });
  }
  return deliveries;
}

/** Those of the accepted extractions that no request told of. */
export function missingOf(accepted: string[], requests: ReceivedRequest[], secret: string): string[] {
  const deliveries = deliveriesOf(requests, secret);
  return accepted.filter((id) => !deliveries.has(id));
}

/** The message ids that came more than once. */
export function repeatsOf(requests: ReceivedRequest[], secret: string): string[] {
  const deliveries = [...deliveriesOf(requests, secret).values()];
  return deliveries.flatMap(({ messageId, requests: count }) => (count > 1 ? [messageId] : []));
}

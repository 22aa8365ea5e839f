import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { ReceivedRequest, Receiver } from '../../support/receiver.js';

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

/**
 * Resolves when every one of these extractions was told of.
 *
 * @param from leaves out the requests before this one
 */
export async function receivedAll(
  receiver: Receiver,
  secret: string,
  extractionIds: string[],
  { from = 0, timeoutMs = 40_000 } = {},
): Promise<void> {
  for (;;) {
    const seen = receiver.requests.length;
    const deliveries = deliveriesOf(receiver.requests.slice(from), secret);
    const missing = extractionIds.filter((id) => !deliveries.has(id));
    if (missing.length === 0) return;
    await receiver.received(seen + missing.length, timeoutMs).catch((error: Error) => {
      throw new Error(`${missing.length} extractions are missing, such as ${missing[0]}`, { cause: error });
    });
  }
}

/** The message ids that came more than once. */
export function repeatsOf(requests: ReceivedRequest[], secret: string): string[] {
  const deliveries = [...deliveriesOf(requests, secret).values()];
  return deliveries.flatMap(({ messageId, requests: count }) => (count > 1 ? [messageId] : []));
}

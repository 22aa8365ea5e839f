import { webhookIdOf } from '../common/ids.js';
import type { ClaimedDelivery } from '../queue/outbox.js';

/** The webhook of a delivery, as replaceable parts see it. */
export interface WebhookFacts {
  /** The id that the API shows: `webhook-…`. */
  readonly webhookId: string;
  /** The owner of the webhook. */
  readonly userId: string;
  /** The webhook's metadata. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A request that is signed and ready. */
export interface WebhookRequest extends WebhookFacts {
  url: string;
  headers: Record<string, string>;
  body: string;
}

export function factsOf({ webhookUuid, userId, metadata }: ClaimedDelivery): WebhookFacts {
  return { webhookId: webhookIdOf(webhookUuid), userId, metadata };
}

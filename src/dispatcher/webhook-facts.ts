import { webhookIdOf } from '../common/ids.js';
import type { LeasedDelivery } from '../queue/outbox.types.js';
import type { ReceiverAuth } from './receiver-auth.js';

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
  /**
   * The authentication at the receiver that the owner has set. `HttpWebhookSender` applies it. A copy of the request must keep
   * it, and a sender without HTTP of ours must apply it itself.
   */
  auth?: ReceiverAuth | undefined;
}

export function factsOf({ webhookUuid, userId, metadata }: LeasedDelivery): WebhookFacts {
  return { webhookId: webhookIdOf(webhookUuid), userId, metadata };
}

import { deliveryIdOf } from '../common/ids.js';
import type { DeliveryTrigger } from '../generated/prisma/client.js';
import type { LeasedDelivery, NewEvent } from './outbox.types.js';
import { toDelivery, toWebhooks, type WebhookText } from './statement-parts.js';

/** A webhook with the number of its deliveries that were leased when they were stored. */
export type LeasedWebhook = WebhookText & { leased: number };

/** Finds the leased deliveries: the first ones of each webhook, in the order of the events. */
export function leasedFrom(
  texts: readonly LeasedWebhook[],
  leaseToken: string,
  trigger: DeliveryTrigger,
): (event: NewEvent, webhookUuid: string) => LeasedDelivery | undefined {
  const webhooks = toWebhooks(texts);
  const left = new Map(texts.map(({ id, leased }) => [id, leased]));
  return (event, webhookUuid) => {
    const webhook = webhooks.get(webhookUuid);
    const count = left.get(webhookUuid) ?? 0;
    if (!webhook || count === 0) return undefined;
    left.set(webhookUuid, count - 1);
    const delivery = { id: deliveryIdOf(event.id, webhookUuid), webhookUuid, trigger, attempts: 0, scheduleStep: 0 };
    return toDelivery(delivery, event, webhook, leaseToken);
  };
}

import { webhookIdOf } from '../common/ids.js';
import type { Webhook } from '../generated/prisma/client.js';
import { NO_METADATA, type WebhookMetadata } from './webhook-metadata.js';
import { maskedAuth } from './sealed-auth.js';
import { maskedHeaders } from './sealed-headers.js';
import { filterOf } from './webhook-filter.js';
import { rateLimitOf } from './webhook-rate-limit.js';
import type { WebhookOrdering } from './webhook-ordering.js';
import { publicKeyText, signatureOf } from './webhook-signature.js';
import type { WebhookDto } from './webhook.dto.js';

/** The columns of a webhook that responses show. */
export type ShownWebhook = Pick<
  Webhook,
  | 'id'
  | 'userId'
  | 'url'
  | 'events'
  | 'active'
  | 'createdAt'
  | 'description'
  | 'disabledReason'
  | 'disabledAt'
  | 'updatedAt'
  | 'metadata'
  | 'filter'
  | 'headers'
  | 'timeoutMs'
  | 'retrySchedule'
  | 'ordering'
  | 'rateLimitRequests'
  | 'rateLimitPer'
  | 'publicKey'
  | 'auth'
>;

/** Converts a row to the form of responses and in-process events. */
export function toWebhookDto(webhook: ShownWebhook): WebhookDto {
  const { id, userId, url, events, active, createdAt, description, disabledReason, disabledAt, updatedAt } = webhook;
  return {
    id: webhookIdOf(id),
    userId,
    url,
    events,
    active,
    createdAt,
    description,
    disabledReason,
    disabledAt,
    updatedAt,
    metadata: (webhook.metadata as WebhookMetadata | null) ?? NO_METADATA,
    filter: filterOf(webhook.filter),
    headers: maskedHeaders(webhook.headers),
    timeoutMs: webhook.timeoutMs,
    retrySchedule: webhook.retrySchedule.length === 0 ? null : webhook.retrySchedule,
    ordering: webhook.ordering as WebhookOrdering,
    rateLimit: rateLimitOf(webhook),
    signature: signatureOf(webhook),
    publicKey: publicKeyText(webhook),
    auth: maskedAuth(webhook.auth),
  };
}

/** The data of an extraction event. Other fields are as the extraction service published them. */
export interface ExtractionData {
  /** The id of the extraction. */
  id: string;
  [field: string]: unknown;
}

/** The fields of all operational events: the webhook that the event is about. */
export interface WebhookData {
  webhookId: string;
  url: string;
}

/**
 * The data of each event type, keyed by the type. An application that defines event types adds them:
 *
 * ```ts
 * declare module 'docmap-webhooks/verify' {
 *   interface WebhookEvents { 'document.deleted': { id: string; pages: number } }
 * }
 * ```
 */
export interface WebhookEvents {
  'extraction.completed': ExtractionData;
  'extraction.failed': ExtractionData;
  /** The third delivery in a row to another webhook of the owner failed. */
  'webhook.failing': WebhookData & {
    /** The time of the first failure since the last success, RFC 3339. */
    since: string;
    /** The error of an attempt, as in the log. */
    error: string;
  };
  /** A failing webhook had a success. */
  'webhook.recovered': WebhookData;
  /** A webhook was disabled. */
  'webhook.disabled': WebhookData & { reason: string };
  /** The last attempt of a delivery failed. */
  'delivery.exhausted': WebhookData & {
    deliveryId: string;
    eventId: string;
    /** Null if the event is not about an extraction. */
    extractionId: string | null;
  };
  /** The owner asked for a test of the webhook. */
  'webhook.test': ExtractionData;
}

/** A verified event. `if (event.type === …)` narrows the type of `data`. */
export type WebhookEvent<Type extends keyof WebhookEvents = keyof WebhookEvents> = {
  [Each in Type]: {
    type: Each;
    /** The time when the event happened, RFC 3339, in UTC. */
    timestamp: string;
    data: WebhookEvents[Each];
  };
}[Type];

/** What a webhook can subscribe to. */
export const EVENT_TYPES = ['extraction.completed', 'extraction.failed'] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** Sent by `POST /v1/webhooks/{id}/test`; nobody subscribes to it. */
export const TEST_EVENT_TYPE = 'webhook.test';

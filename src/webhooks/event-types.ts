/** What a webhook can subscribe to. */
export const EVENT_TYPES = ['extraction.completed', 'extraction.failed'] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** Their schema in the OpenAPI document: one for all requests. Answers may gain event types. */
export const EVENT_TYPE_ENUM = {
  enum: EVENT_TYPES,
  enumName: 'EventType',
  enumSchema: { description: 'The event types that a webhook can subscribe to.' },
};

/** Sent by `POST /v1/webhooks/{id}/test`; nobody subscribes to it. */
export const TEST_EVENT_TYPE = 'webhook.test';

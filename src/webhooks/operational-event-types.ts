import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { EventTypeDefinition } from './event-type.js';

const WEBHOOK_ID = 'webhook-9f86d081884c7d659a2feaa0c55ad015';
const URL = 'https://your-app.com/webhooks/docmap';

class AboutWebhook {
  /** The webhook that the event is about. */
  @ApiProperty({ example: WEBHOOK_ID })
  webhookId: string;

  /** Its URL. */
  @ApiProperty({ example: URL })
  url: string;
}

@ApiSchema({ name: 'WebhookFailingData' })
class WebhookFailingData extends AboutWebhook {
  /** The time of the first failure since the last success. */
  @ApiProperty({ format: 'date-time', example: '2025-01-20T14:28:01.000Z' })
  since: string;

  /** The error of an attempt, as in the log. */
  @ApiProperty({ example: 'HTTP 500' })
  error: string;
}

@ApiSchema({ name: 'WebhookRecoveredData' })
class WebhookRecoveredData extends AboutWebhook {}

@ApiSchema({ name: 'WebhookDisabledData' })
class WebhookDisabledData extends AboutWebhook {
  /** The `disabledReason` of the webhook. */
  @ApiProperty({ example: 'The endpoint answered 410 Gone.' })
  reason: string;
}

@ApiSchema({ name: 'DeliveryExhaustedData' })
class DeliveryExhaustedData extends AboutWebhook {
  /** The delivery: `webhook-id` of its requests. */
  @ApiProperty({ example: 'ee96fc91-727a-82ba-a11f-c9ea93bdb95e' })
  deliveryId: string;

  /** The event that was not delivered. */
  @ApiProperty({ example: '01948432-9d6b-7000-8f3a-2b1c0d9e8f7a' })
  eventId: string;

  /** The extraction that this event is about. Null if it is not about an extraction. */
  @ApiProperty({ type: String, nullable: true, example: 'extract-xyz789' })
  extractionId: string | null;
}

/**
 * The types of operational events: the occurrences at a webhook or a delivery. They go to the owner's other webhooks that
 * subscribe to them. Nobody can publish them.
 */
export const OPERATIONAL_EVENT_TYPES: readonly EventTypeDefinition[] = [
  {
    eventName: 'webhook.failing',
    description: 'The third delivery in a row to a webhook failed.',
    dataClass: WebhookFailingData,
    example: { webhookId: WEBHOOK_ID, url: URL, since: '2025-01-20T14:28:01.000Z', error: 'HTTP 500' },
  },
  {
    eventName: 'webhook.recovered',
    description: 'A failing webhook had a success.',
    dataClass: WebhookRecoveredData,
    example: { webhookId: WEBHOOK_ID, url: URL },
  },
  {
    eventName: 'webhook.disabled',
    description: 'A webhook was disabled.',
    dataClass: WebhookDisabledData,
    example: { webhookId: WEBHOOK_ID, url: URL, reason: 'The endpoint answered 410 Gone.' },
  },
  {
    eventName: 'delivery.exhausted',
    description: 'The last attempt of a delivery failed.',
    dataClass: DeliveryExhaustedData,
    example: {
      webhookId: WEBHOOK_ID,
      url: URL,
      deliveryId: 'ee96fc91-727a-82ba-a11f-c9ea93bdb95e',
      eventId: '01948432-9d6b-7000-8f3a-2b1c0d9e8f7a',
      extractionId: 'extract-xyz789',
    },
  },
];

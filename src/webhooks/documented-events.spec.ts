import { describe, expect, it } from '@jest/globals';
import type { WebhookEvents } from '../verify/index.js';
import { EventTypes } from './event-types.js';

describe('WebhookEvents', () => {
  /** The compiler checks these against the types, and the test against the catalogue. */
  const about = { webhookId: 'webhook-9f86d081884c7d659a2feaa0c55ad015', url: 'https://your-app.com/webhooks/docmap' };
  const samples: { [Type in keyof WebhookEvents]: WebhookEvents[Type] } = {
    'extraction.completed': { id: 'extract-xyz789', pages: 3, confidence: 0.98 },
    'extraction.failed': { id: 'extract-uvw456', reason: 'The document is encrypted.' },
    'webhook.failing': { ...about, since: '2025-01-20T14:28:01.000Z', error: 'HTTP 500' },
    'webhook.recovered': about,
    'webhook.disabled': { ...about, reason: 'The endpoint answered 410 Gone.' },
    'delivery.exhausted': {
      ...about,
      deliveryId: 'ee96fc91-727a-82ba-a11f-c9ea93bdb95e',
      eventId: '01948432-9d6b-7000-8f3a-2b1c0d9e8f7a',
      extractionId: 'extract-xyz789',
    },
    'webhook.test': { id: 'extract-test', message: 'This is a test of your webhook.' },
  };

  it('has each type of the catalogue, with its fields', () => {
    const catalogue = new EventTypes().all.map(({ eventName, example, exampleExtractionId }) => [
      eventName,
      exampleExtractionId === undefined ? example : { id: exampleExtractionId, ...example },
    ]);
    expect(samples).toEqual(Object.fromEntries(catalogue));
  });
});

import type { OpenAPIObject } from '@nestjs/swagger';
import { EVENT_TYPES, TEST_EVENT_TYPE } from './webhooks/event-types.js';

const TAG = 'Receiving webhooks';

/** The text of the tag: the requests of all events differ only in their body. */
const DESCRIPTION = `The requests that your webhook's URL gets, and the effects of your responses.

1. Take the body as bytes and verify the signature: \`new Webhook(secret).verify(body, headers)\` of the public libraries
   \`standardwebhooks\` and \`svix\`, with the secret exactly as it was returned.
2. Ignore the request if its \`webhook-id\` is known: every event comes at least once, in any order.
3. Store it, respond with a 2xx status within 10 seconds, and do the work afterwards.

The guide with code for several languages: [Receiving webhooks](/docs/receiving-webhooks.md).`;

interface Header {
  name: string;
  description: string;
  example: string;
}

/** The headers of each request, by the name of the parameter in the document's components. */
const HEADERS: Record<string, Header> = {
  WebhookId: {
    name: 'webhook-id',
    description: 'The id of the delivery, the same on every retry: receivers drop duplicates by it.',
    example: 'ee96fc91-727a-82ba-a11f-c9ea93bdb95e',
  },
  WebhookTimestamp: {
    name: 'webhook-timestamp',
    description: 'When this attempt was signed, in seconds since 1970.',
    example: '1737383404',
  },
  WebhookSignature: {
    name: 'webhook-signature',
    description:
      'Standard Webhooks: `v1,` and the base64 HMAC-SHA256 of `<webhook-id>.<webhook-timestamp>.<body>`. The key is the ' +
      'secret decoded from base64. Several, separated by spaces, while two secrets sign.',
    example: 'v1,UMNb2BCzw4c+gQSg2huu7crYx9Qgqsp8ugRuB9iRP+M=',
  },
  DocmapSignature: {
    name: 'x-docmap-signature',
    description:
      "`sha256=` and the hex HMAC-SHA256 of the body. The key is the secret's characters. Several, separated by commas, " +
      'while two secrets sign. It covers neither id nor time: prefer `webhook-signature`.',
    example: 'sha256=ffaec602687248f9f3cf63aec1fa32422b04e640af083711ce39c4b0c6d038b1',
  },
  DocmapEvent: {
    name: 'x-docmap-event',
    description: 'The type of the event; not signed.',
    example: 'extraction.completed',
  },
  DocmapDelivery: {
    name: 'x-docmap-delivery',
    description: 'The same as `webhook-id`; not signed.',
    example: 'ee96fc91-727a-82ba-a11f-c9ea93bdb95e',
  },
  DocmapAttempt: {
    name: 'x-docmap-attempt',
    description: 'Which attempt this is, from 1; not signed.',
    example: '1',
  },
  UserAgent: {
    name: 'user-agent',
    description: '`DocMap-Webhooks/` and the version.',
    example: 'DocMap-Webhooks/0.1.0',
  },
};

/** The meaning of a receiver's response. */
const RESPONSES = {
  '2XX': { description: 'Received. The delivery is done, whatever the body of the response is.' },
  '3XX': { description: 'Failed. Redirects are never followed.' },
  '410': { description: 'Failed, and the webhook is disabled at once.' },
  '429': pausing(),
  '502': pausing(),
  '503': pausing(),
  '504': pausing(),
  default: {
    description:
      'Failed, as no response within 10 seconds is: the delivery is tried again after 5 s, 5 min, 30 min, 2 h, 5 h, ' +
      '10 h, 14 h, 20 h and 24 h, unless configured otherwise. A webhook that fails for 5 days is disabled.',
  },
};

function pausing() {
  return {
    description: 'Failed, and all requests to this webhook pause: for as long as `Retry-After` says, up to 24 hours.',
    headers: {
      'Retry-After': { description: 'Seconds, or an HTTP date.', required: false, schema: { type: 'string' } },
    },
  };
}

interface Payload {
  schema: string;
  operationId: string;
  summary: string;
  id: string;
  data: Record<string, unknown>;
}

const PAYLOADS: Record<(typeof EVENT_TYPES)[number] | typeof TEST_EVENT_TYPE, Payload> = {
  'extraction.completed': {
    schema: 'ExtractionCompleted',
    operationId: 'onExtractionCompleted',
    summary: 'An extraction has its result.',
    id: 'extract-xyz789',
    data: { pages: 3, confidence: 0.98 },
  },
  'extraction.failed': {
    schema: 'ExtractionFailed',
    operationId: 'onExtractionFailed',
    summary: 'An extraction has failed.',
    id: 'extract-uvw456',
    data: { reason: 'The document is encrypted.' },
  },
  [TEST_EVENT_TYPE]: {
    schema: 'WebhookTest',
    operationId: 'onWebhookTest',
    summary: 'Somebody asked for a test of the webhook.',
    id: 'extract-test',
    data: { message: 'This is a test of your webhook.' },
  },
};

/** Adds the requests that receivers get: one webhook of OpenAPI for each type of event. */
export function describeReceiving(document: OpenAPIObject): void {
  const payloads = Object.entries(PAYLOADS);
  document.tags = [...(document.tags ?? []), { name: TAG, description: DESCRIPTION }];
  document.components = {
    ...document.components,
    parameters: Object.fromEntries(Object.entries(HEADERS).map(([name, header]) => [name, parameterOf(header)])),
    schemas: {
      ...document.components?.schemas,
      ...Object.fromEntries(payloads.map(([type, payload]) => [payload.schema, schemaOf(type, payload)])),
    },
  } as OpenAPIObject['components'];
  document.webhooks = Object.fromEntries(
    payloads.map(([type, payload]) => [type, { post: operationOf(type, payload) }]),
  );
}

function parameterOf({ name, description, example }: Header) {
  return { name, in: 'header', required: true, description, schema: { type: 'string' }, example };
}

function schemaOf(type: string, { summary }: Payload) {
  return {
    type: 'object',
    description: summary,
    required: ['type', 'timestamp', 'data'],
    properties: {
      type: { type: 'string', const: type, description: 'The type of the event.' },
      timestamp: { type: 'string', format: 'date-time', description: 'When it happened, in UTC.' },
      data: {
        type: 'object',
        description: 'The extraction: its id, and what was published about it, with every number as it was written.',
        required: ['id'],
        properties: { id: { type: 'string', description: 'The id of the extraction.' } },
        additionalProperties: true,
      },
    },
    additionalProperties: true,
  };
}

function operationOf(type: string, { schema, operationId, summary, id, data }: Payload) {
  const example = { type, timestamp: '2025-01-20T14:30:03.512Z', data: { id, ...data } };
  return {
    operationId,
    summary,
    description: `Verify the signature, ignore a known \`webhook-id\`, respond with a 2xx status: see "${TAG}".`,
    tags: [TAG],
    security: [],
    parameters: Object.keys(HEADERS).map((name) => ({ $ref: `#/components/parameters/${name}` })),
    requestBody: {
      required: true,
      content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` }, example } },
    },
    responses: RESPONSES,
  };
}

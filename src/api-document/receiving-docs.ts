import type { OpenAPIObject } from '@nestjs/swagger';
import { exampleOf, payloadSchemaOf, schemasOfClasses } from '../webhooks/event-schemas.js';
import type { EventTypeDefinition } from '../webhooks/event-type.js';
import type { EventTypes } from '../webhooks/event-types.js';

const TAG = 'Receiving webhooks';

/** The text of the tag. Requests for different event types differ only in their body. */
const DESCRIPTION = `The requests that your webhook's URL gets, and the effects of your responses.

1. Take the body as bytes and verify the signature. The public libraries \`standardwebhooks\` and \`svix\` do this with
   \`new Webhook(secret).verify(body, headers)\`. Give them the secret exactly as the API returned it. With Ed25519, verify
   with the public key instead.
2. If the \`webhook-id\` is known, respond with a 2xx status and do nothing else. Every event comes at least once, in any
   order.
3. Otherwise store the event, respond with a 2xx status within 10 seconds, and do the work afterwards.

The guide [Receiving webhooks](/docs/receiving-webhooks.md) has code in several languages.`;

interface Header {
  name: string;
  description: string;
  example: string;
  isOptional?: true;
}

/** The headers of each request, by the name of the parameter in the document's components. */
const HEADERS: Record<string, Header> = {
  WebhookId: {
    name: 'webhook-id',
    description: 'The id of the delivery. It is the same on every retry: receivers drop duplicates by it.',
    example: '01948432-9d6b-82ba-a11f-c9ea93bdb95e',
  },
  WebhookTimestamp: {
    name: 'webhook-timestamp',
    description: 'The time when this attempt was signed, in seconds since 1970.',
    example: '1737383404',
  },
  WebhookSignature: {
    name: 'webhook-signature',
    description:
      'Standard Webhooks: `v1,` and the base64 HMAC-SHA256 of `<webhook-id>.<webhook-timestamp>.<body>`. The key is the ' +
      'secret decoded from base64. During a rotation there are two signatures, separated by a space. With ' +
      '`signature: "ed25519"` each is `v1a,` and a base64 Ed25519 signature of the same text.',
    example: 'v1,ZOQOYbeMjjaCVLa6luF5tY5ad5h4SZqLg65VoRre8K4=',
  },
  DocmapSignature: {
    name: 'x-docmap-signature',
    description:
      "`sha256=` and the hex HMAC-SHA256 of the body. The key is the secret's characters. During a rotation there are two " +
      'signatures, separated by a comma. They cover neither id nor time: prefer `webhook-signature`. Only with ' +
      '`signature: "hmac-sha256"`.',
    isOptional: true,
    example: 'sha256=ffaec602687248f9f3cf63aec1fa32422b04e640af083711ce39c4b0c6d038b1',
  },
  DocmapEvent: {
    name: 'x-docmap-event',
    description: 'The type of the event. Not signed.',
    example: 'extraction.completed',
  },
  DocmapDelivery: {
    name: 'x-docmap-delivery',
    description: 'The same as `webhook-id`. Not signed.',
    example: '01948432-9d6b-82ba-a11f-c9ea93bdb95e',
  },
  DocmapAttempt: {
    name: 'x-docmap-attempt',
    description: 'The number of the attempt, from 1. Not signed.',
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
  '2XX': { description: 'Received. The delivery is done. The body of the response does not matter.' },
  '3XX': { description: 'Failed. Redirects are never followed.' },
  '410': { description: 'Failed. The webhook is disabled at once.' },
  '429': pausing(),
  '502': pausing(),
  '503': pausing(),
  '504': pausing(),
  default: {
    description:
      'Failed. No response within 10 seconds is a failure too. By default the delivery is tried again after 5 s, 5 min, ' +
      '30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h. A webhook that fails for 5 days without one success is disabled.',
  },
};

function pausing() {
  return {
    description:
      'Failed. All requests to this webhook pause for the time in `Retry-After`, up to 24 hours. Without it, the pause is ' +
      '1 s, and doubles up to 5 min until the next success.',
    headers: {
      'Retry-After': {
        description: 'The pause in seconds, or its end as an HTTP date.',
        required: false,
        schema: { type: 'string' },
      },
    },
  };
}

/**
 * Documents the requests to receivers: one OpenAPI webhook per event type.
 *
 * @param document an OpenAPI 3.1 document; it is modified
 */
export function describeReceiving(document: OpenAPIObject, { all, dataClasses }: EventTypes): void {
  const { schemas: dataSchemas, names } = schemasOfClasses(dataClasses);
  const schemas = { ...document.components?.schemas, ...dataSchemas } as Record<string, object>;
  const webhooks = all.map((type) => {
    const schema = freeName(wordsOf(type.eventName), schemas);
    schemas[schema] = payloadSchemaOf(type, names);
    return [type.eventName, { post: operationOf(type, schema) }];
  });
  document.tags = [...(document.tags ?? []), { name: TAG, description: DESCRIPTION }];
  document.components = {
    ...document.components,
    parameters: Object.fromEntries(Object.entries(HEADERS).map(([name, header]) => [name, parameterOf(header)])),
    schemas,
  } as OpenAPIObject['components'];
  document.webhooks = Object.fromEntries(webhooks);
}

/** Converts `document.deleted` to `DocumentDeleted`. */
function wordsOf(eventName: string): string {
  return eventName.replace(/(?:^|[._]+)([a-z0-9])/g, (_separator, letter: string) => letter.toUpperCase());
}

/** Makes a schema name unique. */
function freeName(name: string, schemas: object): string {
  return name in schemas ? freeName(`${name}Event`, schemas) : name;
}

function parameterOf({ name, description, example, isOptional }: Header) {
  return { name, in: 'header', required: isOptional !== true, description, schema: { type: 'string' }, example };
}

function operationOf(type: EventTypeDefinition, schema: string) {
  return {
    operationId: `on${schema}`,
    summary: type.description,
    description: `Verify the signature, do nothing for a known \`webhook-id\`, respond with a 2xx status. See "${TAG}".`,
    tags: [TAG],
    security: [],
    parameters: Object.keys(HEADERS).map((name) => ({ $ref: `#/components/parameters/${name}` })),
    requestBody: {
      required: true,
      content: {
        'application/json': { schema: { $ref: `#/components/schemas/${schema}` }, example: exampleOf(type) },
      },
    },
    responses: RESPONSES,
  };
}

/** The form that `deliveryIdOf` of `src/common/ids.ts` makes: a uuid of version 8. */
export const DELIVERY_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/;

/** The names of a delivery's id, in answers and in the headers of requests. */
const NAMES = ['deliveryId', 'webhook-id', 'x-docmap-delivery'];

/** Every example of a delivery's id in an OpenAPI document, of a property or parameter, or within a larger example. */
export function deliveryIdsIn(node: unknown): unknown[] {
  if (typeof node !== 'object' || node === null) return [];
  const entries = Object.entries(node as Record<string, unknown>);
  return entries.flatMap(([key, value]) => {
    const isNamed = NAMES.includes(key) || (key === 'id' && isDelivery(node));
    return isNamed ? exampleOf(value) : deliveryIdsIn(value);
  });
}

/** Whether this is a delivery, or the properties of its schema. */
function isDelivery(node: object): boolean {
  return 'eventId' in node && 'webhookId' in node && 'state' in node;
}

/** The example of a node: a value itself, or the example of a schema. */
function exampleOf(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [value];
  return 'example' in value ? [value.example] : [];
}

/** Every literal that a document gives under one of the names. */
export function deliveryIdsOfText(text: string): string[] {
  const literals = text.matchAll(new RegExp(`["']?(?:${NAMES.join('|')})["']?\\s*[:=]\\s*["']([^"']+)["']`, 'g'));
  return [...literals].map(([, literal = '']) => literal);
}

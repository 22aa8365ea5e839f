import { DomainError } from './domain-error.js';

/** The source of the ids of each kind of thing. */
const SOURCES = {
  webhook: (root: string) => `Ids of webhooks begin with "webhook-": GET ${root}/webhooks?active=all lists yours.`,
  'delivery record': (root: string) =>
    `Use the id of a record of GET ${root}/webhooks/deliveries, not its deliveryId or extractionId.`,
  event: (root: string) =>
    `Use the id in the answer of POST ${root}/events, not the extractionId or the id of a delivery.`,
  'API key': (root: string) => `Use an id of GET ${root}/api-keys, not the key itself.`,
  recovery: (root: string) =>
    `GET ${root}/webhooks/{id}/recoveries lists those of a webhook. POST ${root}/webhooks/{id}/recover creates one.`,
};

/** For an id that nothing has. The HTTP answer names the route that lists the existing ids. */
export function unknownId(kind: keyof typeof SOURCES): DomainError {
  return new DomainError('NOT_FOUND', `There is no ${kind} with this id.`, { hint: SOURCES[kind] });
}

import { DomainError } from './domain-error.js';
import { text } from '../translations/phrase.js';

/** The message about each kind of thing, and the source of its ids. */
const SOURCES = {
  webhook: {
    message: text('There is no webhook with this id.'),
    hint: (root: string) =>
      text('Ids of webhooks begin with "webhook-": GET {{root}}/webhooks?active=all lists yours.', { root }),
  },
  'delivery record': {
    message: text('There is no delivery record with this id.'),
    hint: (root: string) =>
      text('Use the id of a record of GET {{root}}/webhooks/deliveries, not its deliveryId or extractionId.', { root }),
  },
  event: {
    message: text('There is no event with this id.'),
    hint: (root: string) =>
      text('Use the id in the answer of POST {{root}}/events, not the extractionId or the id of a delivery.', { root }),
  },
  'API key': {
    message: text('There is no API key with this id.'),
    hint: (root: string) => text('Use an id of GET {{root}}/api-keys, not the key itself.', { root }),
  },
  recovery: {
    message: text('There is no recovery with this id.'),
    hint: (root: string) =>
      text(
        'GET {{root}}/webhooks/{id}/recoveries lists those of a webhook. POST {{root}}/webhooks/{id}/recover creates one.',
        { root },
      ),
  },
};

/** For an id that nothing has. The HTTP answer names the route that lists the existing ids. */
export function unknownId(kind: keyof typeof SOURCES): DomainError {
  const { message, hint } = SOURCES[kind];
  return new DomainError('NOT_FOUND', message, { hint });
}

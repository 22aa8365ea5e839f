import { DomainError } from './domain-error.js';

/** Where the ids of each kind of thing are found. */
const SOURCES = {
  webhook: 'Ids of webhooks begin with "webhook-": GET /v1/webhooks?active=all lists yours.',
  'delivery record': 'Use the id of a record of GET /v1/webhooks/deliveries, not its deliveryId or extractionId.',
  event: 'Use the id in the answer of POST /v1/events, not the extractionId or the id of a delivery.',
  'API key': 'Use an id of GET /v1/api-keys, not the key itself.',
  recovery: 'Use the id in the answer of POST /v1/webhooks/{id}/recover, with the same webhook.',
};

/** Says that there is nothing with an id, and where to find the ids that there are. */
export function unknownId(what: keyof typeof SOURCES): DomainError {
  return new DomainError('NOT_FOUND', `There is no ${what} with this id. ${SOURCES[what]}`);
}

import { DomainError } from './domain-error.js';

/** Tells callers where to find the ids of each kind of resource. */
const SOURCES = {
  webhook: 'Ids of webhooks begin with "webhook-": GET /v1/webhooks?active=all lists yours.',
  'delivery record': 'Use the id of a record of GET /v1/webhooks/deliveries, not its deliveryId or extractionId.',
  event: 'Use the id in the answer of POST /v1/events, not the extractionId or the id of a delivery.',
  'API key': 'Use an id of GET /v1/api-keys, not the key itself.',
  recovery: 'Use the id in the answer of POST /v1/webhooks/{id}/recover, with the same webhook.',
};

/** The error for an unknown id. Its message says where to find valid ids. */
export function unknownId(what: keyof typeof SOURCES): DomainError {
  return new DomainError('NOT_FOUND', `There is no ${what} with this id. ${SOURCES[what]}`);
}

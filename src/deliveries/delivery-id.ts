import { Prisma } from '../generated/prisma/client.js';

/**
 * The id of the delivery of an event to a webhook, which is the message id that receivers get: 48 random bits of the
 * webhook's id and the 74 of the event's, in the form of a uuid of version 8 (RFC 9562, 5.8). It follows from both, so
 * that who stores an event knows it without being told, and it is the same whenever the event is queued for the webhook.
 */
export function deliveryIdOf(eventId: string, webhookUuid: string): string {
  return `${webhookUuid.slice(24, 32)}-${webhookUuid.slice(32)}-8${eventId.slice(15)}`;
}

/** The same in SQL. */
export function deliveryId(eventId: Prisma.Sql, webhookUuid: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(substr(${webhookUuid}::text, 25, 8) || '-' || substr(${webhookUuid}::text, 33) || '-8' || substr(${eventId}::text, 16))::uuid`;
}

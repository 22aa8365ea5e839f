import { Prisma } from '../generated/prisma/client.js';
import type { LeasedDelivery } from './outbox.types.js';
import { fewWith, plainArray } from './statement-parts.js';

/**
 * Releases leases on deliveries that were not sent. These deliveries are due at once.
 *
 * Input: the deliveries with their lease tokens. Output: none. It locks the rows that it changes. A claim may run at the same
 * time. A delivery that a later claim has leased has another token, and stays as it is.
 */
export function releaseStatement(
  deliveries: readonly Pick<LeasedDelivery, 'eventId' | 'webhookUuid' | 'leaseToken'>[],
): Prisma.Sql {
  return Prisma.sql`
    UPDATE deliveries SET leased_until = NULL, lease_token = NULL
    FROM (SELECT
      unnest(${plainArray(deliveries.map(({ eventId }) => eventId))}::uuid[]) AS event_id,
      unnest(${plainArray(deliveries.map(({ webhookUuid }) => webhookUuid))}::uuid[]) AS webhook_id,
      unnest(${plainArray(deliveries.map(({ leaseToken }) => leaseToken))}::uuid[]) AS token
    ) lease
    WHERE deliveries.event_id = lease.event_id AND deliveries.webhook_id = lease.webhook_id AND lease_token = token
      AND ${fewWith(Prisma.sql`lease.event_id`)}`;
}

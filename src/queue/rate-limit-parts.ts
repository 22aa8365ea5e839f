import { Prisma } from '../generated/prisma/client.js';
import type { Permit } from './outbox.types.js';

/**
 * The rate limit of a webhook holds over all processes. Each request needs a permit: a short time in which it may start. Permits
 * begin at equal intervals, and a claim takes as many as it leases deliveries. `webhooks.next_slot_at` is the beginning of the
 * first permit that no claim has taken. The name of the column is older than the word "permit": it is no slot of a process.
 *
 * Invariants: a permit is taken once, because the claim locks the webhook's row. A permit whose delivery is not sent is lost: the
 * rate is lower for a moment, and never higher. A waiting delivery is due, is not leased, and costs no attempt.
 */

/** Claims take the permits of this time from now on. Their deliveries are in memory until then. */
const AHEAD_MS = 1_000;

/**
 * The interval of permits, as a multiple of the exact one. Requests arrive some milliseconds earlier or later than planned. With
 * exact intervals, some periods of a second would have one request more than the limit allows.
 */
const MARGIN = 1.03;

/** When a claim tries again whose webhook was locked by another claim, in milliseconds. */
const LOCKED_RETRY_MS = 50;

/**
 * A permit expires after this, or after half the interval of permits. A process that stood still must not send the deliveries of
 * many permits together: it releases them, and they get other permits. Measured: an idle process is less than 10 ms late.
 */
const LATEST_MS = 50;

const AHEAD = Prisma.sql`${Prisma.raw(String(AHEAD_MS))} * interval '1 millisecond'`;

/** The interval of the permits of `webhook`. Null without a rate limit. */
export const PERMIT_INTERVAL = Prisma.sql`CASE rate_limit_per WHEN 'minute' THEN interval '1 minute'
  ELSE interval '1 second' END * ${Prisma.raw(String(MARGIN))} / rate_limit_requests`;

/** A common table expression of a claim: the free permits of the webhooks in `eligible` that have a rate limit. It locks these webhooks. */
export const PERMITS = Prisma.sql`
  permits AS MATERIALIZED (
    SELECT id, permit_interval, first_permit, CASE WHEN first_permit > now() + ${AHEAD} THEN 0
      ELSE 1 + floor(extract(epoch FROM now() + ${AHEAD} - first_permit) / extract(epoch FROM permit_interval))::int END AS permits
    FROM (
      SELECT eligible.id, permit_interval, greatest(next_slot_at, now()) AS first_permit
      FROM eligible JOIN webhooks ON webhooks.id = eligible.id
      WHERE permit_interval IS NOT NULL AND wanted > 0
      FOR NO KEY UPDATE OF webhooks SKIP LOCKED
    ) locked
  )`;

/** A common table expression of a claim: takes a permit for each leased delivery. */
export const TAKE_PERMITS = Prisma.sql`
  taken_permits AS (
    UPDATE webhooks SET next_slot_at = first_permit + taken * permit_interval
    FROM permits JOIN counted ON counted.webhook_id = permits.id WHERE webhooks.id = permits.id
  )`;

/** The milliseconds until a claim finds free permits again: it then takes half of the horizon. */
export const NEXT_CLAIM = Prisma.sql`CASE WHEN permits IS NULL THEN ${Prisma.raw(String(LOCKED_RETRY_MS))}
  ELSE ceil(greatest(extract(epoch FROM first_permit + coalesce(taken, 0) * permits.permit_interval - now()) * 1000
    - ${Prisma.raw(String(AHEAD_MS / 2))}, ${Prisma.raw(String(LOCKED_RETRY_MS))})) END`;

/** The beginning of the first permit of a claim, in milliseconds since 1970. */
export const FIRST_PERMIT = Prisma.sql`extract(epoch FROM first_permit) * 1000`;
export const MS_PER_PERMIT = Prisma.sql`extract(epoch FROM permit_interval) * 1000`;

/** The permits of a webhook in a claim. Null without a rate limit. */
export interface PermitsText {
  firstPermit: number | null;
  msPerPermit: number | null;
}

/** @returns gives a webhook's permits one after another; null for a webhook without a rate limit */
export function permitsFrom(
  webhooks: readonly (PermitsText & { id: string })[],
): (webhookUuid: string) => Permit | null {
  const permits = new Map<string, { next: number; interval: number }>();
  for (const { id, firstPermit, msPerPermit } of webhooks) {
    if (firstPermit !== null && msPerPermit !== null) permits.set(id, { next: firstPermit, interval: msPerPermit });
  }
  return (webhookUuid) => {
    const of = permits.get(webhookUuid);
    if (!of) return null;
    const from = of.next;
    of.next += of.interval;
    return { from, to: from + Math.max(LATEST_MS, of.interval / 2) };
  };
}

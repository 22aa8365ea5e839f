import { Prisma } from '../generated/prisma/client.js';
import type { Slot } from './outbox.js';

/**
 * The rate limit of a webhook holds over all processes. Each request has a slot: a time at which it may start. Slots have equal
 * distances, and a claim takes as many as it leases deliveries. `webhooks.next_slot_at` is the first slot that no claim has taken.
 *
 * Invariants: a slot is taken once, because the claim locks the webhook's row. A slot whose delivery is not sent is lost: the
 * rate is lower for a moment, and never higher. A waiting delivery is due, is not leased, and costs no attempt.
 */

/** Claims take the slots of this time from now on. Their deliveries are in memory until then. */
const HORIZON_MS = 1_000;

/**
 * The distance of slots, as a multiple of the exact one. Requests arrive some milliseconds earlier or later than planned. With
 * exact distances, some periods of a second would have one request more than the limit allows.
 */
const MARGIN = 1.03;

/** When a claim tries again whose webhook was locked by another claim, in milliseconds. */
const LOCKED_RETRY_MS = 50;

/**
 * A slot ends after this, or after half the distance of slots. A process that stood still must not send the deliveries of many
 * slots together: it gives them back, and they get other slots. Measured: an idle process is less than 10 ms late.
 */
const LATEST_MS = 50;

const HORIZON = Prisma.sql`${Prisma.raw(String(HORIZON_MS))} * interval '1 millisecond'`;

/** The distance of the slots of `webhook`. Null without a rate limit. */
export const SLOT_INTERVAL = Prisma.sql`CASE rate_limit_per WHEN 'minute' THEN interval '1 minute'
  ELSE interval '1 second' END * ${Prisma.raw(String(MARGIN))} / rate_limit_requests`;

/** A common table expression of a claim: the free slots of the webhooks in `asked` that have a rate limit. It locks these webhooks. */
export const SLOTS = Prisma.sql`
  slots AS MATERIALIZED (
    SELECT id, slot_interval, first_slot, CASE WHEN first_slot > now() + ${HORIZON} THEN 0
      ELSE 1 + floor(extract(epoch FROM now() + ${HORIZON} - first_slot) / extract(epoch FROM slot_interval))::int END AS slots
    FROM (
      SELECT asked.id, slot_interval, greatest(next_slot_at, now()) AS first_slot
      FROM asked JOIN webhooks ON webhooks.id = asked.id
      WHERE slot_interval IS NOT NULL AND wanted > 0
      FOR NO KEY UPDATE OF webhooks SKIP LOCKED
    ) locked
  )`;

/** A common table expression of a claim: takes a slot for each leased delivery. */
export const TAKE_SLOTS = Prisma.sql`
  taken_slots AS (
    UPDATE webhooks SET next_slot_at = first_slot + taken * slot_interval
    FROM slots JOIN counted ON counted.webhook_id = slots.id WHERE webhooks.id = slots.id
  )`;

/** The milliseconds until a claim finds free slots again: it then takes half of the horizon. */
export const NEXT_CLAIM = Prisma.sql`CASE WHEN slots IS NULL THEN ${Prisma.raw(String(LOCKED_RETRY_MS))}
  ELSE ceil(greatest(extract(epoch FROM first_slot + coalesce(taken, 0) * slots.slot_interval - now()) * 1000
    - ${Prisma.raw(String(HORIZON_MS / 2))}, ${Prisma.raw(String(LOCKED_RETRY_MS))})) END`;

/** The first slot of a claim, in milliseconds since 1970. */
export const FIRST_SLOT = Prisma.sql`extract(epoch FROM first_slot) * 1000`;
export const MS_PER_SLOT = Prisma.sql`extract(epoch FROM slot_interval) * 1000`;

/** The slots of a webhook in a claim. Null without a rate limit. */
export interface SlotsText {
  firstSlot: number | null;
  msPerSlot: number | null;
}

/** @returns gives a webhook's slots one after another; null for a webhook without a rate limit */
export function slotsFrom(webhooks: readonly (SlotsText & { id: string })[]): (webhookUuid: string) => Slot | null {
  const slots = new Map<string, { next: number; distance: number }>();
  for (const { id, firstSlot, msPerSlot } of webhooks) {
    if (firstSlot !== null && msPerSlot !== null) slots.set(id, { next: firstSlot, distance: msPerSlot });
  }
  return (webhookUuid) => {
    const of = slots.get(webhookUuid);
    if (!of) return null;
    const from = of.next;
    of.next += of.distance;
    return { from, to: from + Math.max(LATEST_MS, of.distance / 2) };
  };
}

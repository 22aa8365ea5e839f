import { setTimeout as delay } from 'node:timers/promises';
import type { INestApplicationContext } from '@nestjs/common';
import { Database } from '../database/database.js';
import { DispatcherService } from '../dispatcher/dispatcher.service.js';

/** Options of {@link deliveriesSettled}. */
export interface SettledOptions {
  /** Time after which open deliveries are an error, in milliseconds. Default: 5000. */
  timeoutMs?: number;
  /** Retries that are due later than this are ignored, in milliseconds. Default: 1000. */
  retriesWithinMs?: number;
}

/** A delivery that is not settled yet. */
interface OpenDelivery {
  id: string;
  event: string | null;
  url: string | null;
  attempts: number;
  isLeased: boolean;
}

const LOOK_AGAIN_MS = 10;
/** Maximum number of deliveries that an error lists. */
const LISTED = 20;

/**
 * Input: a time in milliseconds. Output: deliveries that are in flight, due, or due within that time. Deliveries of
 * inactive webhooks are left out, and so are those of webhooks that stay paused for longer. Takes no row locks.
 */
const OPEN_DELIVERIES = `
  SELECT delivery.id, event.type AS event, webhook.url, delivery.attempts,
    coalesce(delivery.leased_until > now(), false) AS "isLeased"
  FROM deliveries delivery
  LEFT JOIN events event ON event.id = delivery.event_id
  LEFT JOIN webhooks webhook ON webhook.id = delivery.webhook_id
  WHERE delivery.state = 'pending' AND (
    delivery.leased_until > now()
    OR webhook.active AND greatest(delivery.next_attempt_at, webhook.throttled_until)
      <= now() + $1::int * interval '1 millisecond')
  ORDER BY delivery.id`;

/**
 * Waits until all deliveries of events published before are recorded as delivered or failed. The application is one that
 * {@link webhooksInMemory} prepared, or any other, after `init`.
 *
 * Retries that are due soon (`retriesWithinMs`) are awaited too. With the default `retrySchedule` of tests these are all
 * attempts. Later retries, paused webhooks and inactive webhooks are ignored.
 *
 * @param app the application, or the module under test
 * @throws Error that lists the open deliveries after `timeoutMs`
 */
export async function deliveriesSettled(
  app: Pick<INestApplicationContext, 'get'>,
  { timeoutMs = 5_000, retriesWithinMs = 1_000 }: SettledOptions = {},
): Promise<void> {
  const database = app.get(Database, { strict: false });
  const dispatcher = app.get(DispatcherService, { strict: false });
  const end = performance.now() + timeoutMs;
  for (;;) {
    // Events that are published without `await` are stored from the next turn of the event loop on.
    await delay(LOOK_AGAIN_MS);
    const open = await database.query<OpenDelivery>(OPEN_DELIVERIES, [retriesWithinMs]);
    if (open.length === 0 && dispatcher.unsettledAttempts === 0) return;
    if (performance.now() > end) throw new Error(unsettled(open, timeoutMs));
    // The dispatcher looks for retries once a second.
    dispatcher.scan();
  }
}

function unsettled(open: OpenDelivery[], timeoutMs: number): string {
  const lines = open.slice(0, LISTED).map(({ id, event, url, attempts, isLeased }) => {
    const state = isLeased ? 'in flight' : 'due';
    return `- ${event ?? 'an event'} to ${url ?? 'a deleted webhook'}: ${state}, ${attempts} attempts made (${id})`;
  });
  const more = open.length > LISTED ? [`- and ${open.length - LISTED} more`] : [];
  return [`${open.length} deliveries are not settled after ${timeoutMs} ms:`, ...lines, ...more].join('\n');
}

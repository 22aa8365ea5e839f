import { setTimeout as delay } from 'node:timers/promises';
import type { INestApplicationContext } from '@nestjs/common';
import { Database } from '../database/database.js';
import { DispatcherService } from '../dispatcher/dispatcher.service.js';

/** How long to wait, and for which retries. */
export interface SettledOptions {
  /** After so long, what is not delivered is an error. Default: 5000. */
  timeoutMs?: number;
  /** Retries that are due later than this are not waited for. Default: 1000. */
  retriesWithinMs?: number;
}

/** A delivery that is waited for. */
interface OpenDelivery {
  id: string;
  event: string | null;
  url: string | null;
  attempts: number;
  isLeased: boolean;
}

const LOOK_AGAIN_MS = 10;
/** So many are listed in an error. */
const LISTED = 20;

/**
 * Deliveries that are in flight, are due, or become due within a time. A webhook that is not active gets nothing, and one
 * that is paused gets nothing before the end of its pause.
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
 * Waits until everything that was published before has been delivered or has failed, and is recorded. The application is
 * one that {@link webhooksInMemory} prepared, or any other, after `init`.
 *
 * It waits for retries too if they are due soon (`retriesWithinMs`), so all attempts of the `retrySchedule` of tests. It
 * does not wait for retries of a later time, for webhooks that are paused until then, and for those that are not active.
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
    if (open.length === 0 && dispatcher.attemptsInFlight === 0) return;
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

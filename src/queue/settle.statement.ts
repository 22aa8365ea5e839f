import { notify } from '../database/notification-channel.js';
import { Prisma } from '../generated/prisma/client.js';
import { WebhookDisabled } from '../webhooks/life-cycle.events.js';
import { toWebhookDto, type ShownWebhook } from '../webhooks/to-webhook-dto.js';
import { WEBHOOK_INVALIDATED_CHANNEL } from '../webhooks/webhook-invalidated.event.js';
import { BREAKER, DISABLE_AFTER_DAYS, DISABLED_REASON, FAILING_AFTER_DELIVERIES } from '../webhooks/webhook-health.js';
import { headerLines } from './header-lines.js';
import type { LeasedDelivery, SettleResult, SettledAttempt } from './outbox.types.js';
import { isOperational, NOTIFY_TOLD, OCCURRED, TELL } from './operational-events-parts.js';
import { DUE_NEXT } from './ordering-parts.js';
import { outcomeCodeOf } from './outcome-code.js';
import { fewWith, NOT_PAUSED, plainArray } from './statement-parts.js';

/** Whether a delivery was cancelled or queued again while its attempt was in flight. */
const CHANGED_MEANWHILE = Prisma.sql`(deliveries.state <> 'pending' OR deliveries.trigger <> made.trigger
  OR deliveries.schedule_step <> step)`;

/**
 * A running pause is announced again only if it becomes longer by this. Answers to requests in flight together differ by
 * less, and need one notification.
 */
const ANNOUNCED_GROWTH = Prisma.sql`interval '1 second'`;

/** A webhook that this statement disables, for {@link WebhookDisabled}. */
const DISABLED_WEBHOOK = Prisma.sql`json_build_object('id', webhook.id, 'userId', user_id, 'url', url, 'events', events,
  'active', active, 'createdAt', created_at, 'description', description, 'disabledReason', disabled_reason,
  'disabledAt', disabled_at, 'updatedAt', updated_at, 'metadata', metadata, 'filter', filter, 'headers', headers,
  'timeoutMs', timeout_ms, 'retrySchedule', retry_schedule, 'ordering', ordering,
  'rateLimitRequests', rate_limit_requests, 'rateLimitPer', rate_limit_per,
  'publicKey', encode(public_key, 'hex'), 'auth', auth, 'updatedBefore', updated_before)`;

/**
 * Settles attempts: records the rows of the log, the states of their deliveries and the health of their webhooks.
 *
 * Input: attempts, each with its delivery, its lease token and its settlement. Output: one {@link SettleRow} per refused
 * attempt, and one per webhook that is paused or disabled. An attempt is refused, and not settled, if another claim has its
 * lease. It locks the deliveries, and those webhooks whose health changes. Claims, cancellations and other settlements may run
 * at the same time: the statement changes a delivery only if the lease token is still the same.
 *
 * The cost of a settlement is the cost of its rows ("Effective changes" in docs/performance.md):
 *
 * - The input is columns. PostgreSQL reads an array faster than JSON, and faster in a SELECT list than in FROM.
 * - Values that are equal for all attempts under one lease and webhook are sent once.
 * - Wide columns go directly from the input to the log, and are in no other step.
 */
export function settleStatement(attempts: readonly SettledAttempt[]): Prisma.Sql {
  const { leases, leaseOf } = leasesOf(attempts);
  const deliveries = attempts.map(({ delivery }) => delivery);
  const outcomes = attempts.map(({ outcome }) => outcome);
  const responses = outcomes.map(({ response }) => response);
  const settlements = attempts.map(({ settlement }) => settlement);
  return Prisma.sql`
    WITH input AS MATERIALIZED (
      SELECT *, (${plainArray(leases.map(({ leaseToken }) => leaseToken))}::uuid[])[lease] AS token,
        (${plainArray(leases.map(({ webhookUuid }) => webhookUuid))}::uuid[])[lease] AS webhook_id,
        (${leases.map(({ userId }) => userId)}::text[])[lease] AS user_id, (${leases.map(({ url }) => url)}::text[])[lease] AS url
      FROM (SELECT
        unnest(${plainArray(leaseOf)}::int[]) AS lease,
        unnest(${plainArray(attempts.map(({ id }) => id))}::uuid[]) AS id,
        unnest(${plainArray(deliveries.map(({ eventId }) => eventId))}::uuid[]) AS event_id,
        unnest(${deliveries.map(({ extractionId }) => extractionId)}::text[]) AS extraction_id,
        unnest(${deliveries.map(({ eventType }) => eventType)}::text[]) AS event,
        unnest(${plainArray(deliveries.map(({ trigger }) => trigger))}::delivery_trigger[]) AS trigger,
        unnest(${plainArray(deliveries.map(({ attempts: made }) => made + 1))}::int[]) AS attempt,
        unnest(${plainArray(deliveries.map(({ scheduleStep }) => scheduleStep))}::int[]) AS step,
        unnest(${plainArray(settlements.map(({ state }) => state))}::delivery_state[]) AS state,
        unnest(${plainArray(settlements.map(({ nextDelayMs }) => nextDelayMs))}::float8[]) AS next_delay_ms,
        unnest(${plainArray(settlements.map(({ pauseMs }) => pauseMs))}::float8[]) AS pause_ms,
        unnest(${plainArray(settlements.map(({ gone }) => gone))}::boolean[]) AS gone,
        unnest(${outcomes.map(({ error }) => error)}::text[]) AS error,
        unnest(${plainArray(outcomes.map(outcomeCodeOf))}::smallint[]) AS outcome,
        unnest(${plainArray(outcomes.map(({ durationMs }) => durationMs))}::int[]) AS duration_ms,
        unnest(${plainArray(attempts.map(({ createdAt }) => createdAt.getTime()))}::float8[]) AS created_at,
        unnest(${plainArray(responses.map((response) => response && response.status))}::int[]) AS http_status,
        unnest(${plainArray(responses.map((response) => response?.truncated ?? false))}::boolean[]) AS truncated,
        unnest(${attempts.map(({ requestHeaders }) => headerLines(requestHeaders))}::text[]) AS request_headers,
        unnest(${responses.map((response) => response && headerLines(response.headers))}::text[]) AS response_headers,
        unnest(${responses.map((response) => response && response.body)}::text[]) AS response_body
      ) attempt
    ), settled AS (
      UPDATE deliveries SET
        -- A delivery that was cancelled while its attempt was in flight stays cancelled. One that was queued again stays
        -- queued. The attempt is recorded in both cases.
        state = CASE WHEN ${CHANGED_MEANWHILE} THEN deliveries.state ELSE made.state END,
        next_attempt_at = CASE WHEN ${CHANGED_MEANWHILE} THEN deliveries.next_attempt_at
          ELSE now() + next_delay_ms * interval '1 millisecond' END,
        schedule_step = CASE WHEN ${CHANGED_MEANWHILE} THEN deliveries.schedule_step ELSE step + 1 END,
        trigger = CASE WHEN ${CHANGED_MEANWHILE} THEN deliveries.trigger ELSE 'retry' END,
        attempts = attempt, leased_until = NULL, lease_token = NULL
      FROM (
        SELECT id, event_id, webhook_id, token, trigger, attempt, step, state, next_delay_ms, pause_ms, gone,
          error IS NULL AS success, error, ${isOperational(Prisma.sql`event`)} AS operational
        FROM input WHERE ${fewWith(Prisma.sql`id`)}) made
      WHERE deliveries.event_id = made.event_id AND deliveries.webhook_id = made.webhook_id
        AND deliveries.lease_token = token
      RETURNING made.id, made.webhook_id, success, pause_ms, gone, made.error AS made_error, operational, step AS made_step,
        made.state = 'exhausted' AND deliveries.state = 'exhausted' AS exhausted, deliveries.id AS delivery_id,
        deliveries.next_attempt_at AS due_at, made.event_id AS ended_event,
        CASE WHEN deliveries.state <> 'pending' THEN ordering_key END AS ended_key
    ), ${DUE_NEXT}, logged AS (
      INSERT INTO delivery_attempts (id, user_id, webhook_id, delivery_id, event_id, extraction_id, event, url, status,
        http_status, error, outcome, duration_ms, attempt, trigger, next_attempt_at, request_headers, response_headers,
        response_body, response_truncated, created_at)
      SELECT id, user_id, input.webhook_id, delivery_id, event_id, extraction_id, event, url,
        CASE WHEN success THEN 'success' ELSE 'failed' END::attempt_status, http_status, error, outcome, duration_ms,
        attempt, trigger, due_at, request_headers, response_headers, response_body, truncated, to_timestamp(created_at / 1000)
      FROM input JOIN settled USING (id)
    ), health AS (
      SELECT webhook_id AS id, bool_or(success) AS succeeded, bool_or(gone) AS gone, max(pause_ms) AS pause_ms,
        count(*) AS attempts, count(*) FILTER (WHERE NOT success AND made_step = 0 AND NOT operational) AS failed,
        bool_or(NOT operational) AS causes_events,
        -- The ids of attempts have the order of their times.
        (array_agg(made_error ORDER BY id DESC) FILTER (WHERE NOT success))[1] AS last_error
      FROM settled GROUP BY webhook_id
    ), changed AS (
      UPDATE webhooks webhook SET
        failing_since = CASE WHEN succeeded THEN NULL ELSE coalesce(failing_since, now()) END,
        consecutive_failures = CASE WHEN succeeded THEN 0 ELSE consecutive_failures + health.attempts END,
        failed_deliveries = CASE WHEN succeeded THEN 0 ELSE failed_deliveries + failed END,
        failing_told_at = CASE WHEN succeeded THEN NULL
          WHEN failed > 0 AND failed_deliveries + failed >= ${FAILING_AFTER_DELIVERIES}::int THEN coalesce(failing_told_at, now())
          ELSE failing_told_at END,
        recovered_told_at = CASE WHEN succeeded AND failing_told_at IS NOT NULL THEN now() ELSE recovered_told_at END,
        throttle_count = CASE WHEN pause_ms IS NOT NULL OR tripped THEN throttle_count + 1
          WHEN succeeded THEN 0 ELSE throttle_count END,
        throttled_until = CASE
          WHEN pause_ms IS NOT NULL THEN greatest(throttled_until, now() + pause_ms * interval '1 millisecond')
          WHEN tripped THEN now() + interval '1 second' * least(${BREAKER.longestPauseSeconds}::int,
            ${BREAKER.firstPauseSeconds}::int * 2 ^ least(throttle_count, 10))
          ELSE throttled_until END,
        active = active AND NOT (gone OR failed_too_long),
        updated_at = CASE WHEN active AND (gone OR failed_too_long) THEN now() ELSE updated_at END,
        disabled_at = CASE WHEN active AND (gone OR failed_too_long) THEN now() ELSE disabled_at END,
        disabled_reason = CASE
          WHEN active AND gone THEN ${DISABLED_REASON.gone}
          WHEN active AND failed_too_long THEN ${DISABLED_REASON.failing}
          ELSE disabled_reason END
      FROM health CROSS JOIN LATERAL (
        SELECT NOT succeeded AND coalesce(failing_since < now() - ${DISABLE_AFTER_DAYS}::int * interval '1 day', false)
          AS failed_too_long,
          NOT succeeded AND consecutive_failures + health.attempts >= ${BREAKER.failures}::int
            AND failing_since < now() - ${BREAKER.afterSeconds}::int * interval '1 second'
            AND ${NOT_PAUSED} AS tripped,
          throttled_until AS paused_until, updated_at AS updated_before
        FROM webhooks WHERE webhooks.id = health.id) transition
      WHERE webhook.id = health.id AND (NOT succeeded OR pause_ms IS NOT NULL OR gone
        OR failing_since IS NOT NULL OR throttle_count > 0)
      RETURNING webhook.id, user_id, url, consecutive_failures, tripped, failing_since, last_error, disabled_reason, causes_events,
        -- These times equal now() exactly if this statement has set them.
        failing_told_at IS NOT DISTINCT FROM now() AS told_failing, recovered_told_at IS NOT DISTINCT FROM now() AS told_recovered,
        -- disabled_at has millisecond precision. It equals now() exactly if this statement has set it.
        CASE WHEN NOT active AND disabled_at = now()::timestamptz(3) THEN ${DISABLED_WEBHOOK} END AS disabled,
        (pause_ms IS NOT NULL OR tripped) AND (paused_until IS NULL OR paused_until <= now()
          OR throttled_until >= paused_until + ${ANNOUNCED_GROWTH}) AS paused
    ), ${OCCURRED}, ${TELL}
    SELECT id, true AS refused, NULL::int AS failures, NULL AS disabled, NULL AS notified
    FROM input WHERE id NOT IN (SELECT id FROM settled)
    UNION ALL
    -- The notification makes every process release its buffered deliveries of the webhook.
    SELECT id, false, CASE WHEN tripped THEN consecutive_failures END, disabled::text,
      ${notify(WEBHOOK_INVALIDATED_CHANNEL, Prisma.sql`id::text`)}::text
    FROM changed WHERE paused OR disabled IS NOT NULL
    UNION ALL
    SELECT NULL, false, NULL, NULL, notified FROM (${NOTIFY_TOLD}) told_notice`;
}

type Lease = Pick<LeasedDelivery, 'leaseToken' | 'webhookUuid' | 'userId' | 'url'>;

/** The distinct pairs of lease and webhook, and for each attempt the index of its pair. Indexes begin at 1, as in SQL. */
function leasesOf(attempts: readonly SettledAttempt[]): { leases: Lease[]; leaseOf: number[] } {
  const leases: Lease[] = [];
  const indexes = new Map<string, number>();
  const leaseOf = attempts.map(({ delivery }) => {
    const key = delivery.leaseToken + delivery.webhookUuid;
    let index = indexes.get(key);
    if (index === undefined) {
      index = leases.push(delivery);
      indexes.set(key, index);
    }
    return index;
  });
  return { leases, leaseOf };
}

/** A row of the statement's output: a refused attempt, or a webhook that was paused or disabled. */
export interface SettleRow {
  /** The id of the attempt or of the webhook. Null for the row that notifies of operational events. */
  id: string | null;
  /** Whether the row is a refused attempt. */
  refused: boolean;
  /** The number of failures in a row, if the circuit breaker tripped. Otherwise null. */
  failures: number | null;
  /** {@link DISABLED_WEBHOOK} as JSON text, if the webhook was disabled. Otherwise null. */
  disabled: string | null;
}

export function toSettleResult(rows: readonly SettleRow[]): SettleResult {
  return {
    refused: new Set(rows.flatMap(({ id, refused }) => (refused && id !== null ? id : []))),
    stopped: rows.flatMap(({ id: webhookUuid, refused, failures, disabled }) => {
      return refused || webhookUuid === null
        ? []
        : { webhookUuid, failures, disabled: disabled === null ? null : toDisabled(disabled) };
    }),
  };
}

type InJson<Row> = {
  [Column in keyof Row]: Row[Column] extends Date | null
    ? string
    : Row[Column] extends Uint8Array | null
      ? string | null
      : Row[Column];
};

function toDisabled(text: string): WebhookDisabled {
  const row = JSON.parse(text) as InJson<ShownWebhook> & { updatedBefore: string };
  const webhook = toWebhookDto({
    ...row,
    publicKey: row.publicKey === null ? null : Buffer.from(row.publicKey, 'hex'),
    createdAt: new Date(row.createdAt),
    disabledAt: new Date(row.disabledAt),
    updatedAt: new Date(row.updatedAt),
  });
  const updatedAt = new Date(row.updatedBefore);
  const before = { ...webhook, active: true, disabledReason: null, disabledAt: null, updatedAt };
  return new WebhookDisabled(webhook, 'system', before, webhook.disabledReason ?? '');
}

import { Prisma } from '../generated/prisma/client.js';

/** The state of a row of `webhooks`, by the table in "Webhook health" of docs/architecture.md: a `WebhookState`. */
export const WEBHOOK_STATE = Prisma.sql`CASE WHEN NOT active THEN 'disabled' WHEN throttled_until > now() THEN 'paused'
  WHEN throttle_count > 0 THEN 'half-open' WHEN failing_since IS NOT NULL THEN 'failing' ELSE 'healthy' END`;

/**
 * The columns `document` and `event` that {@link FILTER_MATCHES} reads.
 *
 * @param document the text of the payload, or that of `filterDocument`
 */
export function filterSubject(document: Prisma.Sql, extractionId: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(${document})::jsonb AS document,
    jsonb_build_object('event', jsonb_strip_nulls(jsonb_build_object('extractionId', ${extractionId}::text))) AS event`;
}

/** Whether the `document` of an event matches the SQL/JSON path `path` of a filter. */
export const FILTER_MATCHES = Prisma.sql`coalesce(jsonb_path_match(document, path, event), false)`;

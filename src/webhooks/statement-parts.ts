import { Prisma } from '../generated/prisma/client.js';

/** The state of a row of `webhooks`, by the table in "Webhook health" of docs/architecture.md: a `WebhookState`. */
export const WEBHOOK_STATE = Prisma.sql`CASE WHEN NOT active THEN 'disabled' WHEN throttled_until > now() THEN 'paused'
  WHEN throttle_count > 0 THEN 'half-open' WHEN failing_since IS NOT NULL THEN 'failing' ELSE 'healthy' END`;

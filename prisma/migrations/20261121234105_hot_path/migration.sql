-- Rows are found by their event and webhook alone: one index less to write, at every insert and every settlement.

-- DropIndex
DROP INDEX "deliveries_event_id_webhook_id_key";

-- AlterTable
ALTER TABLE "deliveries" DROP CONSTRAINT "deliveries_pkey",
ADD CONSTRAINT "deliveries_pkey" PRIMARY KEY ("event_id", "webhook_id");

-- Headers as lines instead of JSON.
CREATE FUNCTION header_lines(headers json) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(string_agg(key || ': ' || value, E'\n'), '') FROM json_each_text(headers)
$$;

-- AlterTable
ALTER TABLE "delivery_attempts"
ALTER COLUMN "request_headers" SET DATA TYPE TEXT USING header_lines(request_headers),
ALTER COLUMN "response_headers" SET DATA TYPE TEXT
  USING CASE WHEN response_headers IS NOT NULL THEN header_lines(response_headers) END;

DROP FUNCTION header_lines(json);

-- The queue: which webhooks have pending deliveries, and which of them is due first, first attempts (0) and retries (1)
-- apart, so that new events need not wait behind a heap of retries.
DROP INDEX "deliveries_pending_idx";
CREATE INDEX "deliveries_pending_idx" ON "deliveries"("webhook_id", (least("schedule_step", 1)), "next_attempt_at")
  WHERE "state" = 'pending';

-- Every delivery is updated at least twice. The default, a fifth of the table, would let millions of dead rows gather
-- before they are cleaned up.
ALTER TABLE "deliveries" SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 10000);

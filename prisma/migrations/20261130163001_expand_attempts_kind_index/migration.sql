-- The log by kind: each filter by webhook, event type, trigger, status, HTTP status or class of errors reads ranges of it.
CREATE INDEX CONCURRENTLY "delivery_attempts_kind_idx"
  ON "delivery_attempts"("user_id", "webhook_id", "event", "trigger", "outcome", "id");

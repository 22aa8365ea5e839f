-- Finds the earlier pending deliveries of an extraction. Deliveries of webhooks without ordering are not in the index.
CREATE INDEX CONCURRENTLY "deliveries_ordered_idx" ON "deliveries"("webhook_id", "ordering_key", "ordered_at", "event_id")
  WHERE "state" = 'pending' AND "ordering_key" IS NOT NULL;

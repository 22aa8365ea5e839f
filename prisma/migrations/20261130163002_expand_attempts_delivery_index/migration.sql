-- Ids of deliveries begin with the time of their event. New rows therefore go to the end of this index.
CREATE INDEX CONCURRENTLY "delivery_attempts_delivery_id_idx" ON "delivery_attempts"("delivery_id");

-- Operators list the newest webhooks of all users. No update changes these columns, so HOT updates stay possible.
CREATE INDEX "webhooks_created_at_id_idx" ON "webhooks"("created_at", "id");

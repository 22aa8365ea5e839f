-- The erasure of a user finds the recoveries of that user. Retention keeps this table small: the index is made in an instant.

-- CreateIndex
CREATE INDEX "recoveries_user_id_idx" ON "recoveries"("user_id");

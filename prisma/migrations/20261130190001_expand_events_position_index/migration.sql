-- A stream reads the events of its user in the order of positions.
CREATE INDEX CONCURRENTLY "events_user_id_position_id_idx" ON "events"("user_id", "position", "id");

-- Retention removes the oldest rows all the time, and rows never change. A vacuum reads all indexes of the table, so it must be
-- rare; the default, a fifth of the table, would keep six days of removed rows. Inserted rows are marked as visible earlier:
-- lists then read ids from the index alone, and such a vacuum reads no index.
ALTER TABLE "delivery_attempts" SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.02,
  autovacuum_analyze_scale_factor = 0.02);

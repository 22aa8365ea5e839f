-- CreateTable
CREATE TABLE "attempt_summaries" (
    "user_id" TEXT NOT NULL,
    "webhook_id" UUID NOT NULL,
    "starts_at" TIMESTAMPTZ(3) NOT NULL,
    "attempts" INTEGER NOT NULL,
    "succeeded" INTEGER NOT NULL,
    "durations" TEXT NOT NULL,
    "stale" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "attempt_summaries_pkey" PRIMARY KEY ("user_id","webhook_id","starts_at")
);

-- CreateTable
CREATE TABLE "attempt_summary_progress" (
    "id" INTEGER NOT NULL,
    "summed_from" TIMESTAMPTZ(3) NOT NULL,
    "summed_until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "attempt_summary_progress_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "attempt_summaries_starts_at_idx" ON "attempt_summaries"("starts_at");

-- The summaries to make again.
CREATE INDEX "attempt_summaries_stale_idx" ON "attempt_summaries"("starts_at") WHERE "stale";

-- A summary is an exact copy of a part of the log, so each change of that part makes it stale. Triggers see the writes of every
-- release, and of every tool. The lock makes the change wait for a summary that is being made, and the next summary for the
-- change. A summary is made 15 minutes after its period. An attempt that is recorded within 5 minutes therefore calls no function.
CREATE FUNCTION note_late_attempt() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('attempt_summaries'), hashtext(TG_TABLE_SCHEMA));
  UPDATE attempt_summaries SET stale = true
  WHERE user_id = NEW.user_id AND webhook_id IN (NEW.webhook_id, '00000000-0000-0000-0000-000000000000')
    AND starts_at = date_bin('10 minutes', NEW.created_at, 'epoch') AND NOT stale;
  RETURN NULL;
END $$;

CREATE TRIGGER delivery_attempts_late AFTER INSERT ON "delivery_attempts"
FOR EACH ROW WHEN (NEW.created_at < now() - interval '5 minutes') EXECUTE FUNCTION note_late_attempt();

CREATE FUNCTION note_removed_attempts() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM FROM removed LIMIT 1;
  IF NOT FOUND THEN RETURN NULL; END IF;
  PERFORM pg_advisory_xact_lock(hashtext('attempt_summaries'), hashtext(TG_TABLE_SCHEMA));
  UPDATE attempt_summaries summary SET stale = true
  FROM (
    SELECT DISTINCT user_id, unnest(ARRAY[webhook_id, '00000000-0000-0000-0000-000000000000']) AS webhook_id,
      date_bin('10 minutes', created_at, 'epoch') AS starts_at
    FROM removed) part
  WHERE summary.user_id = part.user_id AND summary.webhook_id = part.webhook_id AND summary.starts_at = part.starts_at
    AND NOT stale;
  RETURN NULL;
END $$;

CREATE TRIGGER delivery_attempts_removed AFTER DELETE ON "delivery_attempts"
REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION note_removed_attempts();

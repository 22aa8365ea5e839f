-- The metrics count the webhooks that are not healthy. Healthy webhooks are not in the index, and the count of consecutive
-- failures is not, so most updates of a failing webhook stay HOT updates.
CREATE INDEX "webhooks_unhealthy_idx" ON "webhooks"("active")
  WHERE NOT "active" OR "failing_since" IS NOT NULL OR "throttle_count" > 0;

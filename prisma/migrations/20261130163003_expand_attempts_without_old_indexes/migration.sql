-- The index by kind replaces both. Without them, the previous version reads more rows of one user, and works as before.

-- DropIndex
DROP INDEX "delivery_attempts_user_id_webhook_id_id_idx";
DROP INDEX "delivery_attempts_failed_idx";

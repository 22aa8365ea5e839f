-- AlterTable
ALTER TABLE "webhooks" ADD COLUMN     "failed_deliveries" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "failing_told_at" TIMESTAMPTZ(6),
ADD COLUMN     "recovered_told_at" TIMESTAMPTZ(6);

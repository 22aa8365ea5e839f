-- AlterTable
ALTER TABLE "delivery_attempts" ADD COLUMN     "outcome" SMALLINT NOT NULL DEFAULT 0;

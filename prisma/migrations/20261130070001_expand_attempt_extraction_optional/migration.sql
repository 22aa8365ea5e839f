-- AlterTable
ALTER TABLE "delivery_attempts" ALTER COLUMN "extraction_id" DROP NOT NULL;

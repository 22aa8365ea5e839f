-- AlterTable
ALTER TABLE "webhooks" ADD COLUMN     "metadata" JSONB;

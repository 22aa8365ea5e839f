-- AlterTable
ALTER TABLE "webhooks" ADD COLUMN     "headers" JSONB,
ADD COLUMN     "headers_key" BYTEA;

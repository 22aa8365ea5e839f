-- AlterTable
ALTER TABLE "webhooks" ADD COLUMN     "public_key" BYTEA;

-- AlterTable
ALTER TABLE "webhooks" ADD COLUMN     "auth" JSONB,
ADD COLUMN     "auth_key" BYTEA;

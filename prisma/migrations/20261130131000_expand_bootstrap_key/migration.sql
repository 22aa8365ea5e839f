-- AlterTable
ALTER TABLE "api_keys" ADD COLUMN     "bootstrap" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "webhooks" ADD COLUMN     "filter" TEXT,
ADD COLUMN     "filter_path" jsonpath;

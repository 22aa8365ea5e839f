-- AlterTable
ALTER TABLE "webhooks" ADD COLUMN     "retry_schedule" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "timeout_ms" INTEGER;

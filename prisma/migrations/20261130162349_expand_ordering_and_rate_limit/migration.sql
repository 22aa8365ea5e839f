-- AlterTable
ALTER TABLE "deliveries" ADD COLUMN     "ordered_at" TIMESTAMPTZ(3),
ADD COLUMN     "ordering_key" TEXT;

-- AlterTable
ALTER TABLE "webhooks" ADD COLUMN     "next_slot_at" TIMESTAMPTZ(6),
ADD COLUMN     "ordering" TEXT NOT NULL DEFAULT 'none',
ADD COLUMN     "rate_limit_per" TEXT,
ADD COLUMN     "rate_limit_requests" INTEGER;

-- AlterTable
ALTER TABLE "recoveries" ADD COLUMN     "events" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "examined" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "extraction_ids" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "include" TEXT NOT NULL DEFAULT 'missed',
ADD COLUMN     "state" TEXT,
ADD COLUMN     "total" INTEGER;

-- CreateIndex
CREATE INDEX "recoveries_state_idx" ON "recoveries"("state");

-- CreateIndex
CREATE INDEX "recoveries_webhook_id_id_idx" ON "recoveries"("webhook_id", "id");

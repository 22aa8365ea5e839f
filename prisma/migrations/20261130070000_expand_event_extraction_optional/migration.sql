-- Events of types that a host application defines need not be about an extraction.

-- AlterTable
ALTER TABLE "events" ALTER COLUMN "extraction_id" DROP NOT NULL;

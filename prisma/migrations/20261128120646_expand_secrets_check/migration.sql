-- CreateTable
CREATE TABLE "secrets_check" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "value" BYTEA NOT NULL,

    CONSTRAINT "secrets_check_pkey" PRIMARY KEY ("id")
);

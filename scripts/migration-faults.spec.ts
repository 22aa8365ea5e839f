import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { migrationFaults } from './migration-faults.js';

const EXPAND = '20270101000000_expand_labels';

describe('migrationFaults', () => {
  it('accepts the migrations of this repository', () => {
    const folder = new URL('../prisma/migrations', import.meta.url);
    const names = readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [entry.name] : [],
    );
    expect(names.length).toBeGreaterThan(2);
    for (const [index, name] of names.sort().entries()) {
      const sql = readFileSync(new URL(`migrations/${name}/migration.sql`, folder), 'utf8');
      expect(migrationFaults(name, sql, names.slice(0, index))).toEqual([]);
    }
  });

  it.each([
    'CREATE TABLE "labels" ("id" uuid NOT NULL PRIMARY KEY); CREATE UNIQUE INDEX "i" ON "labels"("id");',
    'CREATE TABLE "labels" ("id" uuid NOT NULL); ALTER TABLE "labels" ADD CONSTRAINT "c" UNIQUE ("id");',
    'ALTER TABLE "webhooks" ADD COLUMN "label" TEXT;',
    'ALTER TABLE "webhooks" ADD COLUMN     "count" INTEGER NOT NULL DEFAULT 0;',
    'ALTER TABLE "webhooks" ADD COLUMN "a" TEXT DEFAULT \'x\' NOT NULL, ADD COLUMN "b" TEXT;',
    'CREATE INDEX "i" ON "webhooks"("label"); -- DROP TABLE "webhooks";',
    'DROP INDEX "i"; CREATE INDEX "i" ON "webhooks"("user_id");',
    'ALTER TABLE "webhooks" ALTER COLUMN "label" DROP NOT NULL;',
    'ALTER TABLE "webhooks" SET (fillfactor = 80);',
    'CREATE TYPE "kind" AS ENUM (\'a\'); ALTER TYPE "kind" ADD VALUE \'b\';',
  ])('accepts as expanding: %s', (sql) => {
    expect(migrationFaults(EXPAND, sql, [])).toEqual([]);
  });

  it.each([
    ['ALTER TABLE "webhooks" DROP COLUMN "url";', 'removes a part'],
    ['ALTER TABLE "webhooks" DROP "url";', 'removes a part'],
    ['DROP TABLE "webhooks";', 'removes a part'],
    ['DROP FUNCTION uuid_v7(timestamptz);', 'removes a part'],
    ['ALTER TABLE "webhooks" ALTER COLUMN "active" DROP DEFAULT;', 'removes a default'],
    ['ALTER TABLE "webhooks" RENAME COLUMN "url" TO "target";', 'renames'],
    ['ALTER TABLE "webhooks" ALTER COLUMN "label" SET NOT NULL;', 'refuses nulls'],
    ['ALTER TABLE "webhooks" ALTER COLUMN "url" SET DATA TYPE VARCHAR(9);', 'changes the type'],
    ['ALTER TABLE "webhooks" ADD COLUMN "a" TEXT, ADD COLUMN "label" TEXT NOT NULL;', 'adds a column'],
    ['CREATE UNIQUE INDEX "i" ON "webhooks"("url");', 'refuses rows'],
    ['ALTER TABLE "webhooks" ADD CONSTRAINT "c" CHECK (length(url) < 9);', 'refuses rows'],
    ['ALTER TABLE "events" ADD CONSTRAINT "f" FOREIGN KEY ("id") REFERENCES "labels"("id");', 'refuses rows'],
  ])('refuses as expanding: %s', (sql, reason) => {
    expect(migrationFaults(EXPAND, sql, [])).toEqual([expect.stringContaining(`${EXPAND} ${reason}`)]);
  });

  it('accepts any statement when a contracting migration names an earlier one', () => {
    const name = '20270201000000_contract_url_after_20270101000000';
    const sql = 'ALTER TABLE "webhooks" DROP COLUMN "url";';
    expect(migrationFaults(name, sql, [EXPAND])).toEqual([]);
    expect(migrationFaults(name, sql, [])).toEqual([expect.stringContaining('no earlier migration has the time')]);
  });

  it.each(['20270101000000_labels', '20270101000000_contract_url', 'expand_labels', '20270101000000_expand_'])(
    'refuses the name %s',
    (name) => {
      expect(migrationFaults(name, '', [EXPAND])).toEqual([expect.stringContaining('the name must be')]);
    },
  );
});

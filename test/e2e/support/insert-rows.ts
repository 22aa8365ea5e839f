import type { PrismaService } from '../../../src/database/prisma.service.js';

/**
 * Inserts rows of a table with one statement of one parameter. `createMany` of Prisma binds each value and compiles a query
 * for each number of rows, with several times as much processor time.
 *
 * @param rows with properties named as in Prisma's schema. A column that no row has gets its default
 */
export function insertRows(
  prisma: PrismaService,
  table: 'events' | 'deliveries' | 'delivery_attempts',
  rows: readonly object[],
) {
  const columns = [...new Set(rows.flatMap(Object.keys))].map(columnOf);
  const named = rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [columnOf(name), value as unknown])),
  );
  return prisma.$executeRawUnsafe(
    `INSERT INTO ${table} (${columns.join()})
     SELECT ${columns.join()} FROM jsonb_populate_recordset(NULL::${table}, $1::text::jsonb)`,
    JSON.stringify(named),
  );
}

/** `next_attempt_at` of `nextAttemptAt`. A column with the uuid of a webhook is named `webhook_id`. */
function columnOf(name: string): string {
  if (name === 'webhookUuid') return 'webhook_id';
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

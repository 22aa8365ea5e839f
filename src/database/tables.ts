/** All tables of this package. A test compares them with the database. */
export const TABLES = [
  'api_keys',
  'attempt_summaries',
  'attempt_summary_progress',
  'deliveries',
  'delivery_attempts',
  'events',
  'idempotency_keys',
  'recoveries',
  'secrets_check',
  'webhooks',
] as const;

/** Tables that are made from others. An export leaves them out, and the service makes their rows again. */
const DERIVED = new Set<string>(['attempt_summaries', 'attempt_summary_progress']);

/** The tables of an export. */
export const EXPORTED_TABLES = TABLES.filter((table) => !DERIVED.has(table));

const MENTIONED = new RegExp(`\\b(?:${TABLES.join('|')})\\b`, 'g');
const MOST_TEXTS = 1_000;
const known = new Map<string, readonly string[]>();

/** The tables that a statement mentions. A column with the name of a table also counts, which is harmless. */
export function tablesOf(sql: string): readonly string[] {
  let tables = known.get(sql);
  if (tables === undefined) {
    tables = [...new Set(sql.match(MENTIONED))];
    if (known.size < MOST_TEXTS) known.set(sql, tables);
  }
  return tables;
}

import { createHash } from 'node:crypto';

const names = new Map<string, string>();

/** The same text, the same prepared statement: PostgreSQL plans our few statements once a connection. */
export function statementName(sql: string): string {
  let name = names.get(sql);
  if (name === undefined) {
    name = createHash('sha1').update(sql).digest('hex');
    if (names.size < 1_000) names.set(sql, name);
  }
  return name;
}

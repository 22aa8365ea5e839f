import { createHash } from 'node:crypto';

const names = new Map<string, string>();

/** A stable name for a statement text. PostgreSQL then plans each of our few statements once per connection. */
export function statementName(sql: string): string {
  let name = names.get(sql);
  if (name === undefined) {
    name = createHash('sha1').update(sql).digest('hex');
    if (names.size < 1_000) names.set(sql, name);
  }
  return name;
}

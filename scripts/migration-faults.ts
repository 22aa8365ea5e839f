/** Migrations from the time before names declared whether the previous version works with them. */
const UNDECLARED = new Set(['20261121000000_initial', '20261121234105_hot_path', '20261122031215_circuit_breaker']);

const EXPANDS = /^\d{14}_expand_[a-z0-9_]+$/;
const CONTRACTS = /^\d{14}_contract_[a-z0-9_]+_after_(?<time>\d{14})$/;

/** Statements that may break a program of the previous version, each with the reason. */
const BREAKING: readonly [RegExp, string][] = [
  [
    /\bDROP\s+(?:TABLE|COLUMN|TYPE|FUNCTION|CONSTRAINT|VIEW|SCHEMA)\b/i,
    'removes a part that the previous version may use',
  ],
  [/\bALTER\s+TABLE[^;]*\bDROP\s+(?!DEFAULT\b|NOT\s+NULL\b)/i, 'removes a part that the previous version may use'],
  [/\bDROP\s+(?:DEFAULT)\b/i, 'removes a default that the previous version may rely on'],
  [/\bRENAME\b/i, 'renames a part that the previous version may use'],
  [/\bSET\s+NOT\s+NULL\b/i, 'refuses nulls that the previous version may write'],
  [/\b(?:SET\s+DATA\s+)?TYPE\b(?=[^;]*;)(?<=ALTER\s+COLUMN[^;]*)/i, 'changes the type of a column'],
  [
    /\bADD\s+(?:COLUMN\s+)?\S+\s[^,;]*\bNOT\s+NULL\b(?![^,;]*\bDEFAULT\b)(?<!\bDEFAULT\b[^,;]*)/i,
    'adds a column that the previous version does not fill',
  ],
  [
    /\b(?:CREATE\s+UNIQUE\s+INDEX|ADD\s+(?:CONSTRAINT\b[^;]*?)?(?:UNIQUE|CHECK|FOREIGN\s+KEY|PRIMARY\s+KEY|EXCLUDE))\b/i,
    'refuses rows that the previous version may write',
  ],
];

/**
 * Checks that processes of the previous version can run during a migration and start after it. An expanding migration only
 * adds. A contracting migration removes; its name has the time of an earlier migration, and programs that know that one no
 * longer use the removed part.
 *
 * @returns one sentence per fault
 */
export function migrationFaults(name: string, sql: string, earlier: readonly string[]): string[] {
  if (UNDECLARED.has(name)) return [];
  const time = CONTRACTS.exec(name)?.groups?.time;
  if (time !== undefined) {
    const exists = earlier.some((other) => other.startsWith(`${time}_`));
    return exists ? [] : [`${name}: no earlier migration has the time ${time}`];
  }
  if (!EXPANDS.test(name)) {
    return [`${name}: the name must be <time>_expand_<what> or <time>_contract_<what>_after_<time of a migration>`];
  }
  const statements = withoutComments(sql).split(';');
  // The previous version does not rely on the default of a column that gets generated numbers instead.
  const generated = new Set(
    statements.flatMap((text) => /\bALTER\s+COLUMN\s+"?(\w+)"?\s+ADD\s+GENERATED\b/i.exec(text)?.[1] ?? []),
  );
  const created = new Set(statements.flatMap((text) => /\bCREATE\s+TABLE\s+"?(\w+)/i.exec(text)?.[1] ?? []));
  return statements.flatMap((text) => {
    const table = /\b(?:ALTER\s+TABLE|\bON)\s+"?(\w+)/i.exec(text)?.[1];
    // The previous version does not use a table that this migration creates.
    if (/^\s*CREATE\s+TABLE\b/i.test(text) || (table !== undefined && created.has(table))) return [];
    const column = /\bALTER\s+COLUMN\s+"?(\w+)"?\s+DROP\s+DEFAULT\s*$/i.exec(text.trimEnd())?.[1];
    if (column !== undefined && generated.has(column)) return [];
    const [, reason] = BREAKING.find(([pattern]) => pattern.test(`${text};`)) ?? [];
    return reason === undefined ? [] : [`${name} ${reason}: ${text.trim().replaceAll(/\s+/g, ' ')}`];
  });
}

function withoutComments(sql: string): string {
  return sql.replaceAll(/--[^\n]*/g, '').replaceAll(/\/\*.*?\*\//gs, '');
}

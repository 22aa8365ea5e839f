/** API keys that stand in documents of this project, so everybody knows them. A test looks for others. */
const EXAMPLE_KEYS: ReadonlySet<string> = new Set([
  'dm_live_abc123def456ghi789jkl012mno345',
  'dm_live_0demo0key0that0is0valid0nowhere0else0',
]);

/** Whether the key is one of the documents: it is a credential only on a process that other machines can't reach. */
export function isExampleKey(key: string): boolean {
  return EXAMPLE_KEYS.has(key);
}

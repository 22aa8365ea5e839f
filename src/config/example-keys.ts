/** Example API keys in the documents of this project. They are public. A test finds keys that are missing here. */
const EXAMPLE_KEYS: ReadonlySet<string> = new Set([
  'dm_live_abc123def456ghi789jkl012mno345',
  'dm_live_0demo0key0that0is0valid0nowhere0else0',
]);

/** Whether a key is a public example key. Such a key is valid only on a process that other machines can't reach. */
export function isExampleKey(key: string): boolean {
  return EXAMPLE_KEYS.has(key);
}

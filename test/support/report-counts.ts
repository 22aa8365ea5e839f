/** Prints how much was tried, as one line, where a run was asked to tell (`HOSTILE_TESTS`). */
export function reportCounts(what: string, counts: Record<string, number>): void {
  if (!process.env.HOSTILE_TESTS) return;
  const parts = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  process.stdout.write(`${what.padEnd(20)} ${parts.join('   ')}\n`);
}

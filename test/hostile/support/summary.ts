/** Prints a line of figures when `HOSTILE_TESTS` is set; without it the tests are silent. */
export function summarize(what: string, figures: Record<string, number | string>): void {
  if (!process.env.HOSTILE_TESTS) return;
  const parts = Object.entries(figures).map(([figure, value]) => `${figure} ${value}`);
  process.stdout.write(`${what.padEnd(20)} ${parts.join('   ')}\n`);
}

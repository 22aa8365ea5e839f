declare const TEST_LENGTH: 'long' | undefined;

/** Whether crash, fuzz and hostile tests run in their long form, alone on the machine (`test/jest/long.config.mjs`). */
export const isLong = typeof TEST_LENGTH !== 'undefined';

/** Prints a line of figures in the long form. */
export function report(subject: string, figures: Record<string, number | string>): void {
  if (!isLong) return;
  const parts = Object.entries(figures).map(([figure, value]) => `${figure} ${value}`);
  process.stdout.write(`${subject.padEnd(20)} ${parts.join('   ')}\n`);
}

/** The number of runs of a property: the given number, or a fifth of it in `npm test`. */
export function runs(full: number): number {
  return isLong ? full : Math.ceil(full / 5);
}

import { isDeepStrictEqual } from 'node:util';

const colourful = process.stdout.isTTY && !process.env.NO_COLOR;
const style = (code: number) => (text: string) => (colourful ? `\u001b[${code}m${text}\u001b[0m` : text);
export const bold = style(1);
export const dim = style(2);
export const green = style(32);
export const red = style(31);

/** A step had another result than the demo expects. */
export class Unexpected extends Error {
  constructor(what: string, expected: unknown, got: unknown) {
    super(`${what}\n     expected  ${inOneLine(expected)}\n     got       ${inOneLine(got)}`);
  }
}

let steps = 0;

/** Starts the next step. */
export function step(title: string): void {
  steps += 1;
  console.log(`\n${bold(`${steps}. ${title}`)}`);
}

/** Prints lines below the step's title. */
export function say(text: string): void {
  console.log(text.replaceAll(/^(?=.)/gm, '   '));
}

/** Prints names and values in two columns. */
export function showPairs(pairs: Record<string, string>): void {
  const width = Math.max(...Object.keys(pairs).map((name) => name.length));
  for (const [name, value] of Object.entries(pairs)) say(`  ${name.padEnd(width)}  ${value}`);
}

/** Prints rows in aligned columns; the first row is the head. */
export function showTable(rows: string[][]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  rows.forEach((row, index) => {
    const line = row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
    say(`  ${index === 0 ? dim(line) : line}`);
  });
}

/** Prints a value as indented JSON. */
export function showJson(value: unknown): void {
  say(JSON.stringify(value, null, 2).replaceAll(/^/gm, '  '));
}

/**
 * Checks and prints a fact.
 *
 * @throws Unexpected when the fact does not hold
 */
export function check(what: string, got: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(got, expected)) throw new Unexpected(what, expected, got);
  say(`${green('✓')} ${what}`);
}

function inOneLine(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

import type { Goal, Result } from './figure.js';
import { median } from './statistics.js';

const HEAD = ['bench', 'figure', 'value', 'min – max', 'reference', 'ratio', 'goal', 'reached'];
/** The columns with words. The others have numbers and are aligned to the right. */
const WORDS = new Set([0, 1, 4, 6, 7]);

/** The results as a Markdown table that is also readable in a terminal. */
export function tableOf(results: readonly Result[]): string {
  const rows = [HEAD, ...results.map(cellsOf)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const rule = widths.map((width, column) => (WORDS.has(column) ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  const lines = rows.map((row) => row.map((cell, column) => padded(cell, widths[column] ?? 0, column)));
  return [lines[0] ?? [], rule, ...lines.slice(1)].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** A rounded number: an integer from 100 on, three digits below 100. */
export function numberOf(value: number): string {
  if (!Number.isFinite(value)) return '?';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

function cellsOf({ bench, what, unit, value, min, max, reference, ratio, asked, reached, values }: Result): string[] {
  return [
    bench,
    what,
    withUnit(numberOf(value), unit),
    values.length > 1 ? `${numberOf(min)} – ${numberOf(max)}` : '',
    reference ? `${reference.what}: ${withUnit(numberOf(median(reference.values)), unit)}` : '',
    ratio === undefined ? '' : ratio.toFixed(2),
    (asked ?? []).map((goal) => goalText(goal, unit)).join(' or '),
    reached === undefined ? '' : reached ? 'yes' : 'no',
  ];
}

function goalText({ of, is, bound }: Goal, unit: string): string {
  const sign = is === 'at least' ? '≥' : '≤';
  return of === 'ratio' ? `${sign} ${bound.toFixed(2)} ×` : `${sign} ${withUnit(bound.toLocaleString('en-US'), unit)}`;
}

function withUnit(number: string, unit: string): string {
  return unit.startsWith('/') ? `${number}${unit}` : `${number} ${unit}`.trimEnd();
}

function padded(cell: string, width: number, column: number): string {
  return WORDS.has(column) ? cell.padEnd(width) : cell.padStart(width);
}

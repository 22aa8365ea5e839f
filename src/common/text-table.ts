import displayWidth from 'string-width';

/** A value in a cell of a table. */
export type Cell = string | number | Date | null;

const FIGURES = /^(?:[\d,]+|-)$/;

/**
 * Makes a table for people: columns with spaces between them, figures to the right. Null is shown as `-`.
 *
 * @param none the text without rows
 */
export function table(headers: readonly string[], rows: readonly (readonly Cell[])[], none: string): string {
  if (rows.length === 0) return none;
  const texts = rows.map((row) => row.map(shownCell));
  const columns = headers.map((header, index) => {
    const cells = texts.map((row) => row[index] ?? '');
    const width = Math.max(...[header, ...cells].map((cell) => displayWidth(cell)));
    const pad = cells.every((cell) => FIGURES.test(cell))
      ? (cell: string) => spaces(cell, width) + cell
      : (cell: string) => padded(cell, width);
    return [header, ...cells].map(pad);
  });
  return [headers, ...texts]
    .map((_row, line) =>
      columns
        .map((column) => column[line])
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Makes a list of a thing's properties for people, one per line. */
export function properties(entries: Readonly<Record<string, Cell>>): string {
  const width = Math.max(...Object.keys(entries).map((name) => name.length));
  return Object.entries(entries)
    .map(([name, value]) => `${name.padEnd(width)}  ${shownCell(value)}`)
    .join('\n');
}

/** Adds spaces to a text until it has a width in a terminal, where a character of Korean takes two columns. */
export function padded(text: string, width: number): string {
  return text + spaces(text, width);
}

function spaces(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - displayWidth(text)));
}

/** A line below a list that has as many rows as its limit: it may have more. */
export function withMore(text: string, rows: number, limit: number): string {
  return rows < limit ? text : `${text}\nThere may be more: --limit raises the number of rows.`;
}

/** Formats a number with separators of thousands. */
export function figure(value: number): string {
  return value.toLocaleString('en-US');
}

function shownCell(value: Cell): string {
  if (value === null) return '-';
  if (value instanceof Date) return value.toISOString();
  return printable(typeof value === 'number' ? figure(value) : value);
}

/** Replaces control characters: receivers and users wrote some texts, and such a character could change the terminal. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are replaced
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}

/** As {@link printable}, and keeps the line breaks and tabs of a body. */
export function printableLines(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are replaced
  return text.replaceAll(/(?![\t\r\n])[\u0000-\u001f\u007f-\u009f]/g, '?');
}

/** The cells of each row of the table below a heading (not the title), without backticks; empty without a table. */
export function tableBelow(heading: string, document: string): string[][] {
  const lines = document.split('\n');
  const start = lines.findIndex((line) => /^##+ /.test(line) && line.replace(/^#+ /, '') === heading);
  if (start < 0) return [];

  const end = lines.findIndex((line, index) => index > start && line.startsWith('#'));
  const rows = lines.slice(start, end < 0 ? undefined : end).filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
}

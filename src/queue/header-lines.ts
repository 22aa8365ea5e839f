const LINE_BREAKS = /[\r\n]+/g;

/** Looked for first, since replacing takes several times as long, and there are none in what HTTP brings. */
function inOneLine(value: string): string {
  return value.includes('\n') || value.includes('\r') ? value.replace(LINE_BREAKS, ' ') : value;
}

/** Headers as they are stored: one line each, `name: value`. A line break, which HTTP forbids in a value, becomes a space. */
export function headerLines(headers: Readonly<Record<string, string>>): string {
  let lines = '';
  for (const name of Object.keys(headers)) {
    lines += `${lines && '\n'}${name}: ${inOneLine(headers[name] ?? '')}`;
  }
  return lines;
}

/** Reads what {@link headerLines} wrote. */
export function headersOf(lines: string): Record<string, string> {
  const parts = lines === '' ? [] : lines.split('\n');
  return Object.fromEntries(
    parts.map((line) => {
      const colon = line.indexOf(': ');
      return [line.slice(0, colon), line.slice(colon + 2)];
    }),
  );
}

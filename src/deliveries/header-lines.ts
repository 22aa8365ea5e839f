const LINE_BREAKS = /[\r\n]+/g;

/** Headers as they are stored: one line each, `name: value`. A line break, which HTTP forbids in a value, becomes a space. */
export function headerLines(headers: Readonly<Record<string, string>>): string {
  let lines = '';
  for (const name of Object.keys(headers)) {
    lines += `${lines && '\n'}${name}: ${headers[name]?.replace(LINE_BREAKS, ' ') ?? ''}`;
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

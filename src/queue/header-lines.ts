const LINE_BREAKS = /[\r\n]+/g;

/** Replaces line breaks. It searches for them first: values from HTTP have none, and `replace` takes several times as long. */
function inOneLine(value: string): string {
  return value.includes('\n') || value.includes('\r') ? value.replace(LINE_BREAKS, ' ') : value;
}

/** Converts headers to stored text, one line per header: `name: value`. A line break, which HTTP forbids, becomes a space. */
export function headerLines(headers: Readonly<Record<string, string>>): string {
  let lines = '';
  for (const name of Object.keys(headers)) {
    lines += `${lines && '\n'}${name}: ${inOneLine(headers[name] ?? '')}`;
  }
  return lines;
}

/** Converts the text of {@link headerLines} to headers. */
export function headersOf(lines: string): Record<string, string> {
  const parts = lines === '' ? [] : lines.split('\n');
  return Object.fromEntries(
    parts.map((line) => {
      const colon = line.indexOf(': ');
      return [line.slice(0, colon), line.slice(colon + 2)];
    }),
  );
}

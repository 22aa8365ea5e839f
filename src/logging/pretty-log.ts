import type { DestinationStream } from 'pino';

/** SGR parameters (ECMA-48, 8.3.117), each with the one that ends it. */
const STYLES = {
  bold: [1, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
  gray: [90, 39],
} as const;
type Style = keyof typeof STYLES;

interface Entry {
  level: number;
  time: number;
  context?: string;
  msg?: string;
  err?: { message?: string; stack?: string };
  stack?: string;
  [field: string]: unknown;
}

/** pino's numbers, from the most severe. */
const LEVELS: readonly [level: number, name: string, style: Style][] = [
  [60, 'FATAL', 'red'],
  [50, 'ERROR', 'red'],
  [40, 'WARN ', 'yellow'],
  [30, 'INFO ', 'green'],
  [20, 'DEBUG', 'cyan'],
  [0, 'TRACE', 'gray'],
];

/** Fields that are shown in a place of their own, or in no place: there is one process and one machine to look at. */
const PLACED = new Set(['level', 'time', 'pid', 'hostname', 'context', 'msg', 'err', 'stack']);

/** Everything that a terminal may take for a command (C0, DEL, C1), except the line feed and the tab. */
// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Where the lines go: a terminal, or anything else that is written to. */
interface Terminal {
  isTTY?: boolean;
  write(text: string): unknown;
}

/**
 * Turns pino's JSON into lines for people: time, level, where it comes from, text, and the fields as `name=value`.
 *
 * pino-pretty would do it with 13 more packages, most of them for its command line; this is the part that is needed here.
 */
export class PrettyLog implements DestinationStream {
  private readonly colours: boolean;

  constructor(private readonly terminal: Terminal) {
    // https://no-color.org
    this.colours = terminal.isTTY === true && !process.env.NO_COLOR;
  }

  write(line: string): void {
    this.terminal.write(this.lineOf(JSON.parse(line) as Entry));
  }

  private lineOf(entry: Entry): string {
    const [, name, style] = LEVELS.find(([level]) => entry.level >= level) ?? LEVELS[LEVELS.length - 1]!;
    const fields = Object.entries(entry).filter(([field]) => !PLACED.has(field));
    const head = [
      this.styled('gray', timeOf(entry.time)),
      this.styled(style, name),
      ...(entry.context === undefined ? [] : [this.styled('bold', `${safe(entry.context)}:`)]),
      ...(entry.msg === undefined ? [] : [safe(entry.msg)]),
      ...fields.map(([field, value]) => `${this.styled('gray', `${safe(field)}=`)}${safe(shown(value))}`),
    ].join(' ');
    const detail = entry.err?.stack ?? entry.err?.message ?? entry.stack;
    return `${head}${detail === undefined ? '' : `\n${safe(detail)}`}`.replaceAll('\n', '\n    ') + '\n';
  }

  private styled(style: Style, text: string): string {
    const [begin, end] = STYLES[style];
    return this.colours ? `\u001b[${begin}m${text}\u001b[${end}m` : text;
  }
}

/** The time of day where the process runs: nobody looks at a terminal for days. */
function timeOf(time: number): string {
  const date = new Date(time);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}

function shown(value: unknown): string {
  return typeof value === 'string' && !/[\s"=]/.test(value) ? value : JSON.stringify(value);
}

/** Texts of receivers and callers may hold commands for the terminal: they are shown as escapes. */
function safe(text: string): string {
  return text.replace(CONTROLS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

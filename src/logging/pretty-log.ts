import type { DestinationStream } from 'pino';

/** SGR parameters (ECMA-48, section 8.3.117): start and end of each style. */
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

/** The level numbers of pino, most severe first. */
const LEVELS: readonly [level: number, name: string, style: Style][] = [
  [60, 'FATAL', 'red'],
  [50, 'ERROR', 'red'],
  [40, 'WARN ', 'yellow'],
  [30, 'INFO ', 'green'],
  [20, 'DEBUG', 'cyan'],
  [0, 'TRACE', 'gray'],
];

/** Fields with a fixed place in the line, and the ids of process and machine, which a terminal does not need. */
const PLACED = new Set(['level', 'time', 'pid', 'hostname', 'context', 'msg', 'err', 'stack']);

/** Control characters (C0, DEL, C1) except line feed and tab. A terminal may interpret them as commands. */
// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** The destination of the lines. */
interface Terminal {
  isTTY?: boolean;
  write(text: string): unknown;
}

/**
 * Formats pino's JSON as readable lines: time, level, context, text, and other fields as `name=value`.
 *
 * pino-pretty would need 13 more packages, most of them for its command line.
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

/** The local time of day, without the date: a terminal shows recent lines. */
function timeOf(time: number): string {
  const date = new Date(time);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}

function shown(value: unknown): string {
  return typeof value === 'string' && !/[\s"=]/.test(value) ? value : JSON.stringify(value);
}

/** Escapes control characters. Texts of receivers and callers may contain commands for the terminal. */
function safe(text: string): string {
  return text.replace(CONTROLS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

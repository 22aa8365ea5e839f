import { escaped } from '../../../bench/soak/plot.js';
import headless, { type IBufferCell, type IBufferLine } from '@xterm/headless';

/** The size of a character, in pixels of the picture. */
const CELL = { width: 8.4, height: 20 };
const MARGIN = 16;
/** The smallest width of a picture, in characters. A larger one is that of the longest line. */
const MIN_COLUMNS = 80;
/** More lines than a picture may have. */
const MAX_ROWS = 200;
/** The 16 colours of a terminal on a dark background. Each has a contrast of at least 4.5 to 1. */
const BACKGROUND = '#0d1117';
const PALETTE = [
  ['#8b949e', '#ff7b72', '#56d364', '#e3b341', '#79c0ff', '#d2a8ff', '#56d4dd', '#e6edf3'],
  ['#8b949e', '#ffa198', '#7ee787', '#f2cc60', '#a5d6ff', '#e2c5ff', '#b3f0ff', '#ffffff'],
].flat();
const FONTS = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','D2Coding','NanumGothicCoding',monospace";

/** The size at which a character of Korean fills about two columns. */
const WIDE = ' font-size="16"';

/** Characters of one width and one style, which the picture draws together. */
interface Run {
  column: number;
  width: number;
  text: string;
  isWide: boolean;
  style: string;
}

/** The screen of a terminal after an output. */
export class Screen {
  private constructor(private readonly lines: readonly Run[][]) {}

  static async of(output: string, columns: number): Promise<Screen> {
    const terminal = new headless.Terminal({ cols: columns, rows: MAX_ROWS, allowProposedApi: true });
    await new Promise<void>((resolve) => terminal.write(output, resolve));
    const { active } = terminal.buffer;
    const rows = Array.from({ length: active.length }, (_each, row) => active.getLine(row));
    const lines = rows.map((row) => (row === undefined ? [] : runsOf(row)));
    terminal.dispose();
    return new Screen(lines.slice(0, lines.findLastIndex((runs) => runs.length > 0) + 1));
  }

  /** Its text, line by line. */
  get text(): string {
    return this.lines.map(textOf).join('\n');
  }

  /** A picture without fonts, scripts and links. A viewer may use a font of another width: each run has its length. */
  toSvg(title: string): string {
    const ends = this.lines.flat().map((run) => run.column + run.width);
    const width = Math.ceil(Math.max(MIN_COLUMNS, ...ends) * CELL.width) + 2 * MARGIN;
    const height = this.lines.length * CELL.height + 2 * MARGIN;
    const texts = this.lines.flatMap((runs, row) =>
      runs.map(({ column, width: cells, text, isWide, style }) => {
        const x = pixels(MARGIN + column * CELL.width);
        const y = MARGIN + row * CELL.height + 15;
        return `<text x="${x}" y="${y}" textLength="${pixels(cells * CELL.width)}"${isWide ? WIDE : ''}${style}>${escaped(text)}</text>`;
      }),
    );
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
      `<title>${escaped(title)}</title>`,
      `<rect x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="8" fill="${BACKGROUND}" stroke="#484f58"/>`,
      `<g font-family="${FONTS}" font-size="14" fill="${PALETTE[7]}" xml:space="preserve">`,
      ...texts,
      '</g>',
      '</svg>',
      '',
    ].join('\n');
  }
}

function textOf(runs: readonly Run[]): string {
  let column = 0;
  return runs.reduce((line, run) => {
    const gap = ' '.repeat(run.column - column);
    column = run.column + run.width;
    return line + gap + run.text;
  }, '');
}

/** The runs of a line. A change of the style or the width ends a run, and so do two spaces, or one after a wide character. */
function runsOf(line: IBufferLine): Run[] {
  const runs: Run[] = [];
  for (let column = 0; column < line.length; column += 1) {
    const cell = line.getCell(column);
    const text = cell?.getChars() ?? '';
    // The second half of a wide character has no width.
    if (cell === undefined || cell.getWidth() === 0 || text.trim() === '') continue;
    const isWide = cell.getWidth() === 2;
    const style = styleOf(cell);
    const last = runs.at(-1);
    const gap = last === undefined ? 0 : column - last.column - last.width;
    if (last?.style === style && last.isWide === isWide && gap < (isWide ? 1 : 2)) {
      last.text += ' '.repeat(gap) + text;
      last.width = column - last.column + cell.getWidth();
    } else {
      runs.push({ column, width: cell.getWidth(), text, isWide, style });
    }
  }
  return runs;
}

function styleOf(cell: IBufferCell): string {
  const colour = cell.isFgDefault() ? '' : ` fill="${PALETTE[cell.getFgColor()] ?? ''}"`;
  return colour + (cell.isBold() ? ' font-weight="bold"' : '') + (cell.isDim() ? ' opacity=".7"' : '');
}

function pixels(value: number): string {
  return String(Math.round(value * 10) / 10);
}

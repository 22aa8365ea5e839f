/** One curve. Values that are not finite interrupt it. */
interface Curve {
  name: string;
  values: readonly number[];
}

/** A panel with its own vertical scale, which begins at 0. */
export interface Panel {
  title: string;
  curves: readonly Curve[];
  /** Writes the highest value. Default: a plain number. */
  format?: (value: number) => string;
}

/** The place of the plot of a panel, in pixels. The scale is to the left of it. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** A vertical line through all panels. */
interface Mark {
  at: number;
  label: string;
}

const WIDTH = 960;
const PANEL_HEIGHT = 130;
const GAP = 34;
const LEFT = 70;
const RIGHT = 20;
const TOP = 40;
const COLOURS = ['#1f5fa8', '#c2571a', '#3b7d3b', '#8a3fa0', '#b3261e', '#5f6b7a', '#a07800', '#00808a'];
/** The width of a character of a legend, and the height of its lines, in pixels. */
const CHARACTER = 6.2;
const LINE = 12;

/**
 * Draws panels above each other, over the same times.
 *
 * @param times in seconds, ascending
 */
export function svgOf(
  title: string,
  times: readonly number[],
  panels: readonly Panel[],
  marks: readonly Mark[],
): string {
  const height = TOP + panels.length * (PANEL_HEIGHT + GAP);
  const last = Math.max(times.at(-1) ?? 1, 1);
  const x = (at: number): number => LEFT + (at / last) * (WIDTH - LEFT - RIGHT);
  const lines = marks.map(({ at, label }) => {
    const place = x(at).toFixed(1);
    return (
      `<line x1="${place}" x2="${place}" y1="${TOP - 8}" y2="${height - GAP}" stroke="#999" stroke-dasharray="4 3"/>` +
      `<text x="${place}" y="${TOP - 12}" text-anchor="middle">${escaped(label)}</text>`
    );
  });
  const width = WIDTH - LEFT - RIGHT;
  const drawn = panels.map((panel, index) =>
    panelOf(panel, times, { left: LEFT, top: TOP + index * (PANEL_HEIGHT + GAP), width, height: PANEL_HEIGHT }),
  );
  return pageOf(WIDTH, height, [
    `<text x="${LEFT}" y="16" font-size="14">${escaped(title)}</text>`,
    ...lines,
    ...drawn,
    `<text x="${WIDTH - RIGHT}" y="${height - 4}" text-anchor="end">${Math.round(last)} s</text>`,
  ]);
}

/** A picture on a white page. */
export function pageOf(width: number, height: number, parts: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="11">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

/**
 * Draws the curves of a panel, with their names below the title.
 *
 * @param times in seconds, ascending
 */
export function panelOf({ title, curves, format = scaleText }: Panel, times: readonly number[], box: Box): string {
  const { left, top, width, height } = box;
  const highest = Math.max(...curves.flatMap(({ values }) => values.filter((value) => Number.isFinite(value))), 1e-9);
  const last = Math.max(times.at(-1) ?? 1, 1);
  const bottom = top + height;
  const names = legendOf(curves, box);
  const x = (at: number): number => left + (at / last) * width;
  const y = (value: number): number => bottom - (value / highest) * (height - 16 - names.height);
  const paths = curves.map(
    ({ values }, index) =>
      `<path d="${pathOf(times, values, x, y)}" fill="none" stroke="${colourOf(index)}" stroke-width="1.2"/>`,
  );
  return [
    `<rect x="${left}" y="${top}" width="${width}" height="${height}" fill="none" stroke="#ccc"/>`,
    `<text x="${left + 6}" y="${top + 11}" font-weight="bold">${escaped(title)}</text>`,
    `<text x="${left - 6}" y="${bottom}" text-anchor="end">0</text>`,
    `<text x="${left - 6}" y="${(y(highest) + 4).toFixed(1)}" text-anchor="end">${escaped(format(highest))}</text>`,
    ...names.texts,
    ...paths,
  ].join('\n');
}

/** The names of the curves in their colours, in as many lines as they need. */
function legendOf(curves: readonly Curve[], { left, top, width }: Box): { texts: string[]; height: number } {
  let [column, row] = [0, 1];
  const texts = curves.map(({ name }, index) => {
    const wide = (name.length + 2) * CHARACTER;
    if (column > 0 && column + wide > width - 12) [column, row] = [0, row + 1];
    const [x, y] = [left + 6 + column, top + 11 + row * LINE];
    column += wide;
    return `<text x="${x.toFixed(1)}" y="${y}" fill="${colourOf(index)}">${escaped(name)}</text>`;
  });
  return { texts, height: texts.length === 0 ? 0 : row * LINE };
}

function colourOf(index: number): string {
  return COLOURS[index % COLOURS.length] ?? '#000';
}

function pathOf(
  times: readonly number[],
  values: readonly number[],
  x: (at: number) => number,
  y: (value: number) => number,
): string {
  let isDrawing = false;
  const steps = values.flatMap((value, index) => {
    const at = times[index];
    if (at === undefined || !Number.isFinite(value)) {
      isDrawing = false;
      return [];
    }
    const step = `${isDrawing ? 'L' : 'M'}${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
    isDrawing = true;
    return [step];
  });
  return steps.join('');
}

/** A number with few digits. */
export function scaleText(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 2 : 0 });
}

/** Text of an SVG, also within quotes. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** One curve. Values that are not finite interrupt it. */
interface Curve {
  name: string;
  values: readonly number[];
}

/** A panel with its own vertical scale, which begins at 0. */
interface Panel {
  title: string;
  curves: readonly Curve[];
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
const COLOURS = ['#1f5fa8', '#c2571a', '#3b7d3b'];

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
  const drawn = panels.map((panel, index) => panelOf(panel, times, x, TOP + index * (PANEL_HEIGHT + GAP)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="11">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<text x="${LEFT}" y="16" font-size="14">${escaped(title)}</text>`,
    ...lines,
    ...drawn,
    `<text x="${WIDTH - RIGHT}" y="${height - 4}" text-anchor="end">${Math.round(last)} s</text>`,
    '</svg>',
    '',
  ].join('\n');
}

function panelOf({ title, curves }: Panel, times: readonly number[], x: (at: number) => number, top: number): string {
  const highest = Math.max(...curves.flatMap(({ values }) => values.filter((value) => Number.isFinite(value))), 1e-9);
  const bottom = top + PANEL_HEIGHT;
  const y = (value: number): number => bottom - (value / highest) * (PANEL_HEIGHT - 16);
  const paths = curves.map(({ name, values }, index) => {
    const colour = COLOURS[index % COLOURS.length];
    const legend = LEFT + 220 + index * 90;
    return (
      `<path d="${pathOf(times, values, x, y)}" fill="none" stroke="${colour}" stroke-width="1.2"/>` +
      `<text x="${legend}" y="${top + 10}" fill="${colour}">${escaped(name)}</text>`
    );
  });
  return [
    `<rect x="${LEFT}" y="${top}" width="${WIDTH - LEFT - RIGHT}" height="${PANEL_HEIGHT}" fill="none" stroke="#ccc"/>`,
    `<text x="${LEFT + 6}" y="${top + 10}">${escaped(title)}</text>`,
    `<text x="${LEFT - 6}" y="${bottom}" text-anchor="end">0</text>`,
    `<text x="${LEFT - 6}" y="${(y(highest) + 4).toFixed(1)}" text-anchor="end">${scaleText(highest)}</text>`,
    ...paths,
  ].join('\n');
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

function scaleText(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 2 : 0 });
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

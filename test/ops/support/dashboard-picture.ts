import { escaped, pageOf, panelOf, scaleText } from '../../../bench/soak/plot.js';

/** A panel of the dashboard for Grafana. */
export interface DashboardPanel {
  type: string;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { expr: string; legendFormat?: string }[];
  fieldConfig?: { defaults: { unit?: string } };
}

/** One series of the answer to a query, at times in seconds since 1970. */
export interface Series {
  metric: Record<string, string>;
  values: [time: number, value: string][];
}

/** The pixels of one unit of the dashboard's grid, which has 24 columns. */
const UNIT = { width: 62, height: 22 };
const MARGIN = { left: 62, right: 16, top: 4, bottom: 14 };

const FORMATS: Record<string, (value: number) => string> = {
  s: (value) => (value < 1 ? `${(value * 1_000).toPrecision(3)} ms` : `${value.toPrecision(3)} s`),
  bytes: (value) => `${Math.round(value / 2 ** 20)} MiB`,
  percentunit: (value) => `${Math.round(value * 100)} %`,
  cps: (value) => `${scaleText(value)}/s`,
  reqps: (value) => `${scaleText(value)}/s`,
};

/**
 * Draws the dashboard as Grafana would, without its controls: each panel at its place, with what Prometheus answered.
 *
 * @param seriesOf the answers to the queries of a panel, in their order
 */
export function pictureOf(panels: readonly DashboardPanel[], seriesOf: Map<DashboardPanel, Series[][]>): string {
  const rows = Math.max(...panels.map(({ gridPos: { y, h } }) => y + h));
  const parts = panels.map((panel) => drawn(panel, seriesOf.get(panel) ?? []));
  return pageOf(24 * UNIT.width + MARGIN.right, rows * UNIT.height, parts);
}

function drawn(panel: DashboardPanel, answers: readonly Series[][]): string {
  const { type, title, gridPos, targets = [] } = panel;
  const [x, y] = [gridPos.x * UNIT.width, gridPos.y * UNIT.height];
  if (type === 'row')
    return `<text x="${x + 8}" y="${y + 16}" font-size="14" font-weight="bold">${escaped(title)}</text>`;
  const format = FORMATS[panel.fieldConfig?.defaults.unit ?? ''] ?? scaleText;
  const named = answers.flatMap((series, index) =>
    series.map((one) => ({ name: nameOf(targets[index]?.legendFormat ?? '', one), points: one.values })),
  );
  if (type === 'stat') {
    const texts = named.map(({ name, points }, index) => {
      const last = points.findLast(([, value]) => Number.isFinite(Number(value)));
      const shown = `${last ? format(Number(last[1])) : 'no data'} ${name}`;
      return `<text x="${x + 14}" y="${y + 44 + index * 20}" font-size="18">${escaped(shown)}</text>`;
    });
    return [
      `<rect x="${x + 8}" y="${y + 4}" width="${gridPos.w * UNIT.width - 16}" height="${gridPos.h * UNIT.height - 8}" fill="none" stroke="#ccc"/>`,
      `<text x="${x + 14}" y="${y + 18}" font-weight="bold">${escaped(title)}</text>`,
      ...texts,
    ].join('\n');
  }
  const times = [...new Set(named.flatMap(({ points }) => points.map(([time]) => time)))].toSorted((a, b) => a - b);
  const curves = named.map(({ name, points }) => {
    const values = new Map(points.map(([time, value]) => [time, Number(value)]));
    return { name, values: times.map((time) => values.get(time) ?? NaN) };
  });
  const begin = times[0] ?? 0;
  return panelOf(
    { title, curves, format },
    times.map((time) => time - begin),
    {
      left: x + MARGIN.left,
      top: y + MARGIN.top,
      width: gridPos.w * UNIT.width - MARGIN.left,
      height: gridPos.h * UNIT.height - MARGIN.top - MARGIN.bottom,
    },
  );
}

/** Grafana's `{{label}}` in a legend. */
function nameOf(legend: string, { metric }: Series): string {
  return legend.replaceAll(/{{\s*(\w+)\s*}}/g, (_, label: string) => metric[label] ?? '');
}

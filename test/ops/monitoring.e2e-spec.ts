import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { Stage } from '../process/support/stage.js';
import { eventually } from '../support/api-client.js';
import { ConnectProxy } from '../support/connect-proxy.js';
import type { ServerProcess } from '../support/server-process.js';
import { pictureOf, type DashboardPanel } from './support/dashboard-picture.js';
import { describeWithPrometheus, Prometheus, promtool, type LoadedRule, type Sample } from './support/prometheus.js';

const pathOf = (file: string): string => fileURLToPath(new URL(`../../${file}`, import.meta.url));
const RULES = pathOf('deploy/prometheus/docmap-webhooks.rules.yml');
const RULE_TESTS = pathOf('deploy/prometheus/docmap-webhooks.rules.test.yml');
const DASHBOARD = pathOf('deploy/grafana/docmap-webhooks.json');
const OPERATING = pathOf('docs/operating.md');
/** The window of rates, which Grafana chooses. Prometheus scrapes every second here. */
const RATE_INTERVAL = '15s';

/** The file to which the picture of the dashboard is written. The load then lasts for {@link PICTURE_SECONDS}. */
const PICTURE = process.env.DASHBOARD_PICTURE;
const PICTURE_SECONDS = 120;

const { panels } = JSON.parse(readFileSync(DASHBOARD, 'utf8')) as { panels: DashboardPanel[] };

function queriesOf({ targets = [] }: DashboardPanel): string[] {
  return targets.map(({ expr }) =>
    expr.replaceAll('$job', 'docmap-webhooks').replaceAll('$__rate_interval', RATE_INTERVAL),
  );
}

const queries = panels.flatMap((panel) => queriesOf(panel).map((query) => ({ title: panel.title, query })));

/** Ends only a part that hangs: a busy machine takes long to start the processes. */
jest.setTimeout(240_000);

/** Whether a sample has a number. The quotient of two rates of zero is NaN. */
function isFinite({ value: [, value] }: Sample): boolean {
  return Number.isFinite(Number(value));
}

describeWithPrometheus('Monitoring by Prometheus', () => {
  const stage = new Stage();
  let prometheus: Prometheus;
  let proxy: ConnectProxy;
  let all: ServerProcess;
  let api: ServerProcess;
  let rules: LoadedRule[];
  const end = new AbortController();
  let load: Promise<unknown>;

  /** Publishes, reads and makes mistakes until the tests end. */
  async function produce(): Promise<void> {
    while (!end.signal.aborted) {
      const event = { event: 'extraction.completed', userId: 'uid_local', extractionId: 'extract', data: {} };
      await Promise.all([all, api].map((server) => server.api.post('/v1/events', event)));
      await all.api.get('/v1/webhooks/deliveries');
      await api.api.post('/v1/events', { event: 'unknown' });
      await fetch(`${all.url}/unknown`);
    }
  }

  beforeAll(async () => {
    const database = await stage.database('server');
    const healthy = await stage.receiver();
    const failing = await stage.receiver((_request, response) => {
      response.statusCode = 500;
      response.end();
    });
    proxy = await ConnectProxy.start();
    const env = { DELIVERY_TIMEOUT_MS: '2000', DELIVERY_PROXY: proxy.url() };
    [all, api] = await Promise.all([stage.start(database, env), stage.start(database, { ...env, ROLE: 'api' })]);
    for (const { url } of [healthy, failing]) {
      await all.api.post('/v1/webhooks', { url, events: ['extraction.completed'] });
    }
    load = Promise.all([produce(), produce()]);
    prometheus = await Prometheus.start([all.url, api.url], RULES);
    rules = await prometheus.rules();
  });

  afterAll(async () => {
    end.abort();
    await load;
    // Undefined if the set-up failed.
    await (prometheus as Prometheus | undefined)?.stop();
    await stage.clear();
    await proxy.stop();
  });

  it('accepts the rules, and each alert passes its tests', async () => {
    expect(promtool(['check', 'rules', RULES])).toMatchObject({ status: 0 });
    expect(promtool(['test', 'rules', RULE_TESTS])).toMatchObject({ status: 0 });
    const tests = readFileSync(RULE_TESTS, 'utf8');
    for (const { name } of rules) {
      expect(tests).toContain(`${name} fires`);
      expect(tests).toContain(`${name} does not fire`);
    }
  });

  it('has a runbook entry for each alert, and an alert for each runbook entry', async () => {
    const entries = readFileSync(OPERATING, 'utf8').matchAll(/^### (Docmap\w+)\n([\s\S]*?)(?=^#)/gm);
    const texts = new Map([...entries].map(([, name = '', text = '']) => [name, text]));
    expect([...texts.keys()].toSorted()).toEqual(rules.map(({ name }) => name).toSorted());
    for (const { name, labels, annotations } of rules) {
      expect(texts.get(name)).toContain(`Severity: ${labels.severity}.`);
      expect(annotations.runbook_url).toBe(`docs/operating.md#${name.toLowerCase()}`);
      for (const part of ['**Means:**', '**Look at:**', '**Do:**']) expect(texts.get(name)).toContain(part);
    }
  });

  it('finds no fault in the names and help texts of the metrics', async () => {
    const text = await (await fetch(`${all.url}/metrics`)).text();
    const { output } = promtool(['check', 'metrics'], text);
    expect(output.split('\n').filter((line) => line.startsWith('docmap_'))).toEqual([]);
  });

  it('evaluates each rule on metrics that the service has', async () => {
    const text = await (await fetch(`${all.url}/metrics`)).text();
    const names = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name));
    const used = [...rules, ...queries].flatMap(({ query }) => query.match(/\b(?:docmap|nodejs|process)_\w+/g) ?? []);
    const unknown = used.filter((name) => !names.has(name) && !names.has(name.replace(/_(?:bucket|count|sum)$/, '')));
    expect(unknown).toEqual([]);
    const evaluated = await eventually(async () => {
      const now = await prometheus.rules();
      return now.every(({ health }) => health !== 'unknown') ? now : undefined;
    }, 'all rules are evaluated');
    expect(evaluated.filter(({ health }) => health !== 'ok')).toEqual([]);
  });

  it('answers every query of the dashboard with data', async () => {
    expect(queries.length).toBeGreaterThan(40);
    let empty = queries;
    await eventually(
      async () => {
        const answers = await Promise.all(
          queries.map(async (one) => [one, await prometheus.query(one.query)] as const),
        );
        empty = answers.flatMap(([one, samples]) => (samples.some(isFinite) ? [] : one));
        return empty.length === 0 || undefined;
      },
      'data for every query',
      40_000,
      1_000,
    ).catch(() => undefined);
    expect(empty).toEqual([]);
  });

  it('draws the dashboard with a curve in each panel', async () => {
    if (PICTURE) await delay(PICTURE_SECONDS * 1_000 - performance.now());
    const answers = await Promise.all(
      panels.map(async (panel) => {
        const series = queriesOf(panel).map((query) => prometheus.history(query, PICTURE_SECONDS));
        return [panel, await Promise.all(series)] as const;
      }),
    );
    const picture = pictureOf(panels, new Map(answers));
    expect(picture.match(/<path d="M/g)?.length).toBeGreaterThanOrEqual(
      panels.filter(({ type }) => type === 'timeseries').length,
    );
    expect(picture).not.toContain('no data');
    if (PICTURE) await writeFile(PICTURE, picture);
  });
});

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from '@jest/globals';
import { eventually } from '../../support/api-client.js';
import { freePort } from '../../support/free-port.js';
import type { Series } from './dashboard-picture.js';

const isInstalled = ['promtool', 'prometheus'].every((program) => !spawnSync(program, ['--version']).error);
if (!isInstalled) {
  const notice = 'promtool and prometheus are not installed (Debian package: prometheus).';
  if (process.env.CI) throw new Error(`${notice} Continuous integration needs them.`);
  console.warn(`${notice} Their tests are skipped.`);
}

/** Describes tests that need Prometheus. They are skipped outside continuous integration if it is not installed. */
export const describeWithPrometheus: (name: string, tests: () => void) => void = isInstalled ? describe : describe.skip;

/** Runs promtool, and returns its status and output. */
export function promtool(args: readonly string[], input = ''): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, { input, encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

/** A rule as Prometheus has loaded it. */
export interface LoadedRule {
  name: string;
  query: string;
  health: string;
  lastError?: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

export interface Sample {
  metric: Record<string, string>;
  value: [time: number, value: string];
}

/** A real Prometheus, which scrapes its targets every second. */
export class Prometheus {
  private constructor(
    private readonly child: ChildProcess,
    private readonly url: string,
    private readonly directory: string,
  ) {}

  /**
   * @param targets URLs of services
   * @param rules the path of a file of rules, which are evaluated every second
   */
  static async start(targets: readonly string[], rules: string): Promise<Prometheus> {
    const directory = await mkdtemp(join(tmpdir(), 'docmap-test-prometheus-'));
    const config = {
      global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
      rule_files: [rules],
      scrape_configs: [
        { job_name: 'docmap-webhooks', static_configs: [{ targets: targets.map((url) => new URL(url).host) }] },
      ],
    };
    // JSON is YAML.
    await writeFile(join(directory, 'prometheus.yml'), JSON.stringify(config));
    const port = await freePort();
    const child = spawn(
      'prometheus',
      [
        `--config.file=${join(directory, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(directory, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=warn',
      ],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    );
    const prometheus = new Prometheus(child, `http://127.0.0.1:${port}`, directory);
    await eventually(
      async () => {
        const response = await fetch(`${prometheus.url}/-/ready`).catch(() => undefined);
        return response?.ok || undefined;
      },
      'Prometheus is ready',
      60_000,
    );
    return prometheus;
  }

  /** The samples of an instant query. */
  async query(expression: string): Promise<Sample[]> {
    const { result } = await this.get<{ result: Sample[] }>(`query?query=${encodeURIComponent(expression)}`);
    return result;
  }

  /**
   * The values of a query in the last seconds, one per second.
   *
   * @param seconds how far the first value lies back
   */
  async history(expression: string, seconds: number): Promise<Series[]> {
    const now = Math.floor(Date.now() / 1_000);
    const range = `start=${now - seconds}&end=${now}&step=1`;
    const query = `query_range?query=${encodeURIComponent(expression)}&${range}`;
    return (await this.get<{ result: Series[] }>(query)).result;
  }

  async rules(): Promise<LoadedRule[]> {
    const { groups } = await this.get<{ groups: { rules: LoadedRule[] }[] }>('rules');
    return groups.flatMap(({ rules }) => rules);
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    if (this.child.exitCode === null) await once(this.child, 'exit');
    await rm(this.directory, { recursive: true, force: true });
  }

  private async get<Data>(path: string): Promise<Data> {
    const response = await fetch(`${this.url}/api/v1/${path}`);
    const { data, error } = (await response.json()) as { data: Data; error?: string };
    if (error !== undefined) throw new Error(`${path}: ${error}`);
    return data;
  }
}

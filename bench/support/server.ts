import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { NODE_OPTIONS } from '../../scripts/node-options.mjs';
import { startServer, type ProcessExit, type Server } from '../../test/support/server-process.js';
import { cpuSecondsOf } from './cpu-time.js';
import type { BenchDatabase } from './database.js';
import { HttpClient } from './http-client.js';

const MAIN = fileURLToPath(new URL('../../dist/bundle/main.js', import.meta.url));
/** The user of the benchmark's API key. The benchmark reads this user's log. */
export const CALLER = 'uid_bench';
const KEY = `dm_live_${'b'.repeat(64)}`;
/** Log entries below `warn`. Other entries and output of Node.js are not expected during a measurement. */
const HARMLESS = /"level":(10|20|30)\b/;
const NODE_ARGS = process.env.BENCH_NODE_ARGS?.split(' ') ?? [];

interface BenchServerOptions {
  env?: Readonly<Record<string, string>>;
  onLine?: (line: string) => void;
}

function showUnexpected(line: string): void {
  if (!HARMLESS.test(line)) process.stderr.write(`${line}\n`);
}

/** Whether the service is built. */
export function isBuilt(): boolean {
  return existsSync(MAIN);
}

/**
 * The built server in a process of its own. Its settings are the defaults, except that it may send to this machine.
 * `BENCH_NODE_ARGS` gives Node options, such as those of a profiler.
 */
export class BenchServer {
  readonly client: HttpClient;

  private constructor(private readonly server: Server) {
    this.client = new HttpClient(server.url, { authorization: `Bearer ${KEY}` });
  }

  /**
   * @param options.env environment variables besides those of every bench
   * @param options.onLine called with each line of output; without it, unexpected lines are printed
   */
  static async start(
    database: BenchDatabase,
    { env = {}, onLine = showUnexpected }: BenchServerOptions = {},
  ): Promise<BenchServer> {
    const server = await startServer({
      cwd: database.directory,
      execArgv: [...NODE_OPTIONS, ...NODE_ARGS],
      env: {
        PORT: '0',
        HOST: '127.0.0.1',
        BOOTSTRAP_API_KEY: KEY,
        BOOTSTRAP_USER_ID: CALLER,
        WEBHOOK_REQUIRE_HTTPS: 'false',
        WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8',
        RATE_LIMIT_PER_MINUTE: '0',
        ...database.env,
        ...env,
      },
      onLine,
    });
    return new BenchServer(server);
  }

  get url(): string {
    return this.server.url;
  }

  get pid(): number {
    return this.server.pid;
  }

  /** Resolves when the process has ended for any reason. */
  get exited(): Promise<ProcessExit> {
    return this.server.exited;
  }

  /** The number of attempts recorded since the start. */
  async settled(): Promise<number> {
    const text = await this.client.get('/metrics');
    const counts = text.matchAll(/^docmap_delivery_attempts_total\{[^}]*\} (\d+)/gm);
    return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
  }

  /** The processor time of the process since its start. */
  cpuSeconds(): Promise<number> {
    return cpuSecondsOf(this.server.pid);
  }

  /** The resident memory of the process in MB (`VmRSS` of proc(5)). */
  memory(): Promise<number> {
    return this.status('VmRSS');
  }

  /** The peak of the resident memory since the start, in MB (`VmHWM`). */
  peakMemory(): Promise<number> {
    return this.status('VmHWM');
  }

  /** Stops the server in an orderly way. */
  async stop(): Promise<void> {
    await this.client.close();
    await this.terminate();
  }

  /** Sends SIGTERM while requests may be under way, and waits for the end. */
  terminate(): Promise<ProcessExit> {
    return this.server.kill('SIGTERM');
  }

  /** Kills the server. With Node options it stops in an orderly way, because a profiler writes its file at the end. */
  async kill(): Promise<void> {
    await this.client.close();
    await this.server.kill(NODE_ARGS.length === 0 ? 'SIGKILL' : 'SIGTERM');
  }

  private async status(name: string): Promise<number> {
    const status = await readFile(`/proc/${this.server.pid}/status`, 'utf8');
    return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1_024;
  }
}

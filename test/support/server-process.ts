import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ApiClient } from './api-client.js';
import { BOOTSTRAP_KEY } from './bootstrap-key.js';
import type { TestDatabase } from './database.js';

const MAIN = fileURLToPath(new URL('../../dist/bundle/main.js', import.meta.url));
const READY = /\bReady at (http:\/\/\S+) with /;
const START_TIMEOUT_MS = 60_000;

/**
 * Options of V8 for processes that live for seconds. WebAssembly stays unoptimized, and the young generation starts large. A start
 * then takes a sixth less processor time on a server, and half of it on the embedded database.
 */
export const SHORT_LIFE = ['--liftoff-only', '--min-semi-space-size=16', '--max-semi-space-size=16'];

/** The end of a process: an exit code, or a signal. */
export interface ProcessExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** The process ended before it was ready. */
export class ServerStartError extends Error {
  constructor(
    readonly exit: ProcessExit,
    /** Its output, line by line. */
    readonly output: readonly string[],
  ) {
    super(`The server ended before it was ready (${exit.signal ?? exit.code}):\n${output.join('\n')}`);
  }
}

/** The built service in a process of its own. */
export interface Server {
  readonly pid: number;
  /** Such as `http://127.0.0.1:41234`. */
  readonly url: string;
  /** The log and the error output until now, line by line. */
  readonly output: readonly string[];
  /** Resolves when the process has ended for any reason. */
  readonly exited: Promise<ProcessExit>;
  /** Sends a signal and waits for the end. `SIGKILL`, the default, is a crash; `SIGTERM` is an orderly stop. */
  kill(signal?: NodeJS.Signals): Promise<ProcessExit>;
}

/** A service with the settings of tests. */
export interface ServerProcess extends Server {
  /** Calls its API with the bootstrap key, which has all scopes and belongs to `uid_local`. */
  readonly api: ApiClient;
}

/** The program to start, if it is not the service, and its launcher. */
export interface Program {
  /** The path of a script to start instead of the service. It reports that it is ready in the same form. */
  script?: string;
  /** A program, with arguments, that prepares something and then executes its remaining arguments, as `nice` does. */
  launcher?: readonly [string, ...string[]];
}

interface ServerOptions extends Program {
  /** The working directory. It has no `.env` file, which the service would read. */
  cwd: string | undefined;
  /** All environment variables except `PATH`. */
  env: Record<string, string>;
  /** Options of Node and V8. Default: {@link SHORT_LIFE}. */
  execArgv?: readonly string[];
  /** Called with each line of output. */
  onLine?: (line: string) => void;
}

interface ServerProcessOptions extends Program {
  /** The caller drops the database after the end of the process. */
  database: TestDatabase;
  /** Environment variables besides those of the tests. */
  env?: Record<string, string>;
  execArgv?: string[];
}

/**
 * Starts the service in a process of its own, for tests of crashes and of variables that Node reads at its start. It
 * listens on a free port, and receivers on loopback are allowed.
 */
export async function startServerProcess({
  database,
  env = {},
  ...options
}: ServerProcessOptions): Promise<ServerProcess> {
  const server = await startServer({
    ...options,
    cwd: database.env.DATA_DIR,
    env: {
      PORT: '0',
      HOST: '127.0.0.1',
      LOG_LEVEL: 'info',
      BOOTSTRAP_API_KEY: BOOTSTRAP_KEY,
      WEBHOOK_REQUIRE_HTTPS: 'false',
      WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8,::1/128',
      RETRY_SCHEDULE: '0s,50ms,50ms',
      RATE_LIMIT_PER_MINUTE: '0',
      AUTH_FAILURES_PER_MINUTE: '0',
      ...database.env,
      ...env,
    },
  });
  return { ...server, api: new ApiClient(server.url, BOOTSTRAP_KEY) };
}

/** Starts `dist/bundle/main.js`, and waits until it has logged that it is ready. */
export async function startServer({
  cwd,
  env,
  execArgv = SHORT_LIFE,
  onLine = () => undefined,
  script = MAIN,
  launcher,
}: ServerOptions): Promise<Server> {
  const node = [process.execPath, ...execArgv, script] as const;
  const [command, ...argv] = launcher === undefined ? node : ([...launcher, ...node] as const);
  const child = spawn(command, argv, {
    cwd,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'close').then(([code, signal]): ProcessExit => ({ code, signal }));
  const kill = (signal: NodeJS.Signals = 'SIGKILL'): Promise<ProcessExit> => {
    child.kill(signal);
    return exited;
  };

  const output: string[] = [];
  const keep = (line: string): void => {
    output.push(line);
    onLine(line);
  };
  const ready = new Promise<string>((resolve) => {
    createInterface(child.stderr).on('line', keep);
    createInterface(child.stdout).on('line', (line) => {
      keep(line);
      if (!line.includes('Ready at')) return;
      const url = READY.exec(messageOf(line))?.[1];
      if (url !== undefined) resolve(url);
    });
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), START_TIMEOUT_MS);
  const first = await Promise.race([ready, exited]);
  clearTimeout(timer);
  if (typeof first !== 'string') {
    throw new ServerStartError(first, output);
  }
  // Only a process that failed to start has no pid, and such a process is not ready.
  return { pid: child.pid ?? 0, url: first, output, exited, kill };
}

/** The message of a line of the log, which is JSON; other lines are their own message. */
function messageOf(line: string): string {
  try {
    return String((JSON.parse(line) as { msg?: unknown }).msg);
  } catch {
    return line;
  }
}

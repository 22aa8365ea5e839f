import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { runProgram } from '../../src/cli/program.js';

/** The result of a command line. */
export interface CliResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** A running command line. */
export interface RunningCli {
  /** Resolves with the outputs so far, after one of them matches. */
  printed(pattern: RegExp): Promise<CliResult['stdout']>;
  /** Presses Ctrl-C. */
  stop(): void;
  ended: Promise<CliResult>;
}

interface RunOptions {
  env?: Record<string, string | undefined>;
  /** The standard input. Undefined: it is empty. */
  input?: string | Buffer;
}

/** The command line with a configuration folder of its own. It runs in this process. */
export class Cli {
  private constructor(readonly configFolder: string) {}

  static async create(): Promise<Cli> {
    return new Cli(await mkdtemp(join(tmpdir(), 'docmap-test-cli-')));
  }

  run(args: readonly string[], options: RunOptions = {}): Promise<CliResult> {
    return this.start(args, options).ended;
  }

  start(args: readonly string[], { env = {}, input = '' }: RunOptions = {}): RunningCli {
    const output = { stdout: '', stderr: '' };
    const watchers = new Set<() => void>();
    const collector = (name: 'stdout' | 'stderr') =>
      new PassThrough().on('data', (chunk: Buffer) => {
        output[name] += chunk.toString();
        for (const watcher of watchers) watcher();
      });
    const stop = new AbortController();
    const stdin = new PassThrough();
    stdin.end(input);
    const ended = runProgram(args, {
      stdin,
      stdout: collector('stdout'),
      stderr: collector('stderr'),
      env: { XDG_CONFIG_HOME: this.configFolder, ...env },
      platform: process.platform,
      signal: stop.signal,
    }).then(async (code) => {
      // The last lines pass through the collectors.
      await new Promise((resolve) => setImmediate(resolve));
      return { code, ...output };
    });
    const printed = (pattern: RegExp) =>
      new Promise<string>((resolve, reject) => {
        const check = (): void => {
          const all = output.stdout + output.stderr;
          if (!pattern.test(all)) return;
          watchers.delete(check);
          resolve(all);
        };
        watchers.add(check);
        check();
        void ended.then(
          ({ stdout, stderr }) => reject(new Error(`It ended without ${pattern}: ${stdout}${stderr}`)),
          reject,
        );
      });
    return { printed, stop: () => stop.abort(), ended };
  }

  remove(): Promise<void> {
    return rm(this.configFolder, { recursive: true, force: true });
  }
}

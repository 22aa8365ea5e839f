import { spawn } from 'node:child_process';
import { once } from 'node:events';

interface Options {
  /** The script of the command line. */
  program: string;
  /** The working directory. */
  folder: string;
  env: Record<string, string>;
  /** The width of the terminal, in characters. */
  columns?: number;
}

/** A command line in a terminal of its own. `script` of util-linux makes a pseudo-terminal. */
export class TypedCommand {
  /** The output so far, with the control sequences of the terminal. */
  output = '';
  private readonly child;
  private readonly watchers = new Set<() => void>();
  readonly exitCode: Promise<number | null>;

  /** @param command the arguments and redirections, as a shell reads them */
  constructor(
    private readonly command: string,
    private readonly options: Options,
  ) {
    const { program, folder, env } = options;
    const sized = `stty cols ${this.columns} rows 50; exec ${process.execPath} ${program} ${command}`;
    this.child = spawn('script', ['--quiet', '--return', '--flush', '--command', sized, '/dev/null'], {
      cwd: folder,
      env,
      stdio: 'pipe',
    });
    this.child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      this.output += chunk;
      for (const watcher of this.watchers) watcher();
    });
    this.exitCode = once(this.child, 'close').then(([code]) => code as number | null);
  }

  get columns(): number {
    return this.options.columns ?? 130;
  }

  /** The output after a prompt and the command. */
  get transcript(): string {
    return `\u001b[32m$\u001b[39m \u001b[1mdocmap-webhooks ${this.command}\u001b[22m\r\n${this.output}`;
  }

  type(keys: string): void {
    this.child.stdin.write(keys);
  }

  /** Resolves with the output after it has the text that many times. */
  async shows(pattern: RegExp, times = 1): Promise<string> {
    const isShown = () => [...this.output.matchAll(new RegExp(pattern, 'g'))].length >= times;
    if (!isShown()) {
      await new Promise<void>((resolve, reject) => {
        const watch = (): void => {
          if (isShown()) resolve();
        };
        this.watchers.add(watch);
        void this.exitCode.then((code) =>
          reject(new Error(`It ended with ${code} and without ${pattern}:\n${this.output}`)),
        );
        setTimeout(() => reject(new Error(`It does not show ${pattern}:\n${this.output}`)), 60_000).unref();
      });
    }
    return this.output;
  }

  kill(): void {
    this.child.kill();
  }
}

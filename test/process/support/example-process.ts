import { spawn, type ChildProcess } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';

const PRINTED_WITHIN_MS = 20_000;

/** An example of this repository that runs where the package is installed. */
export class ExampleProcess {
  url = '';
  private output = '';
  private onOutput = (): void => {};

  private constructor(private readonly child: ChildProcess) {
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.on('data', (chunk: Buffer) => {
        this.output += String(chunk);
        this.onOutput();
      });
    }
  }

  /** @param directory of the compiled example */
  static async start(directory: string, env: Record<string, string>): Promise<ExampleProcess> {
    const child = spawn(process.execPath, [join('dist', 'main.js')], {
      cwd: directory,
      env: { PATH: process.env.PATH, PORT: '0', NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const started = new ExampleProcess(child);
    const [, port = ''] = await started.printed(/Listening on http:\/\/[^\s"]+:(\d+)/).catch((error: unknown) => {
      child.kill('SIGKILL');
      throw error;
    });
    started.url = `http://127.0.0.1:${port}`;
    return started;
  }

  /** Resolves when the output matches. */
  printed(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const fail = (): void => reject(new Error(`The example did not print ${String(pattern)}:\n${this.output}`));
      const timer = setTimeout(fail, PRINTED_WITHIN_MS);
      this.child.once('exit', fail);
      this.onOutput = () => {
        const match = pattern.exec(this.output);
        if (!match) return;
        clearTimeout(timer);
        resolve(match);
      };
      this.onOutput();
    });
  }

  /** @returns the exit status */
  async stop(): Promise<number | null> {
    const exit = once(this.child, 'exit') as Promise<[number | null]>;
    this.child.kill('SIGTERM');
    return (await exit)[0];
  }
}

/** A JSON Web Token, signed by HS256. */
export function tokenOf(claims: object, secret: string): string {
  const text = [{ alg: 'HS256', typ: 'JWT' }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  const signature = createHmac('sha256', secret).update(text.join('.')).digest('base64url');
  return [...text, signature].join('.');
}

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../dist/bundle/main.js', import.meta.url));
const START_MS = 60_000;
const STOP_MS = 15_000;

/** The built service in a process of its own, configured by environment variables alone, as in production. */
export class Server {
  private readonly output: string[] = [];

  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {
    child.stdout?.on('data', (text: Buffer) => this.output.push(text.toString()));
    child.stderr?.on('data', (text: Buffer) => this.output.push(text.toString()));
  }

  /**
   * Starts the service and waits until it is ready.
   *
   * @param directory the working directory: it keeps a `.env` of the caller's directory from being read
   */
  static async start(settings: Record<string, string>, directory: string): Promise<Server> {
    const { PATH = '' } = process.env;
    const child = spawn(process.execPath, [MAIN], { cwd: directory, env: { PATH, ...settings } });
    running.add(child);
    child.once('exit', () => running.delete(child));
    const server = new Server(child, `http://${settings.HOST}:${settings.PORT}`);
    const end = Date.now() + START_MS;
    while (!(await server.isReady())) {
      if (child.exitCode !== null || child.signalCode !== null || Date.now() > end) {
        throw new Error(`The server did not start:\n${server.output.join('')}`);
      }
      await delay(50);
    }
    return server;
  }

  /** Ends the process at once, as a crash or `kill -9` does. */
  async kill(): Promise<NodeJS.Signals | null> {
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
    return this.child.signalCode;
  }

  /** Sends SIGTERM and waits for the end of the process. */
  async stop(): Promise<number | null> {
    const exited = once(this.child, 'exit', { signal: AbortSignal.timeout(STOP_MS) });
    this.child.kill('SIGTERM');
    await exited;
    return this.child.exitCode;
  }

  async isReady(): Promise<boolean> {
    const response = await fetch(`${this.url}/health/ready`).catch(() => undefined);
    return response?.ok ?? false;
  }
}

const running = new Set<ChildProcess>();

/** Kills every server when the demo ends. */
export function killServers(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** A free port. */
export async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return String(port);
}

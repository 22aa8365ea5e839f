import { startServer, type Server as ServerProcess } from '../test/support/server-process.js';

const running = new Set<ServerProcess>();

/** The built service in a process of its own, configured by environment variables alone, as in production. */
export class Server {
  private constructor(private readonly process: ServerProcess) {}

  /**
   * Starts the service and waits until it is ready.
   *
   * @param directory the working directory: it keeps a `.env` of the caller's directory from being read
   */
  static async start(settings: Record<string, string>, directory: string): Promise<Server> {
    const server = await startServer({ cwd: directory, env: settings });
    running.add(server);
    void server.exited.then(() => running.delete(server));
    return new Server(server);
  }

  get url(): string {
    return this.process.url;
  }

  /** Ends the process at once, as a crash or `kill -9` does. */
  async kill(): Promise<NodeJS.Signals | null> {
    return (await this.process.kill('SIGKILL')).signal;
  }

  /** Sends SIGTERM and waits for the end of the process. */
  async stop(): Promise<number | null> {
    return (await this.process.kill('SIGTERM')).code;
  }

  async isReady(): Promise<boolean> {
    const response = await fetch(`${this.url}/health/ready`).catch(() => undefined);
    return response?.ok ?? false;
  }
}

/** Kills every server when the demo ends. */
export function killServers(): void {
  for (const server of running) void server.kill('SIGKILL');
}

import { startServer, type Server as ServerProcess } from '../test/support/server-process.js';

const running = new Set<ServerProcess>();

/** The built service, run as production runs it: a process of its own, set up by environment variables alone. */
export class Server {
  private constructor(private readonly process: ServerProcess) {}

  /**
   * Starts it and waits until it is ready.
   *
   * @param directory where it works; a `.env` of the caller's directory stays out of it
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

  /** Ends it on the spot, as a crash or `kill -9` does: it gets no chance to finish anything. */
  async kill(): Promise<NodeJS.Signals | null> {
    return (await this.process.kill('SIGKILL')).signal;
  }

  /** Asks it to stop, and waits until it has. */
  async stop(): Promise<number | null> {
    return (await this.process.kill('SIGTERM')).code;
  }

  async isReady(): Promise<boolean> {
    const response = await fetch(`${this.url}/health/ready`).catch(() => undefined);
    return response?.ok ?? false;
  }
}

/** For the demo's own end, whatever its reason: no server outlives it. */
export function killServers(): void {
  for (const server of running) void server.kill('SIGKILL');
}

import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it, jest } from '@jest/globals';
import { eventually } from '../support/api-client.js';
import type { ServerProcess } from '../support/server-process.js';
import { describeOnServer } from './support/kinds.js';
import { Stage } from './support/stage.js';
import { publish, timed } from './support/timed.js';

jest.setTimeout(60_000);

/** The interval of the balancer's checks. Requests follow at 40 per second. */
const CHECK_MS = 1_000;
const REQUEST_MS = 25;

/** Sends each request to a server that was ready at its last check. */
class LoadBalancer {
  /** The outcomes of requests: statuses of answers and errors of connections. */
  readonly outcomes = new Map<string, number>();
  private readonly underWay = new Set<Promise<void>>();
  private ready: readonly ServerProcess[];
  private next = 0;
  private running = true;
  private readonly loops: Promise<unknown>;

  constructor(private readonly servers: readonly ServerProcess[]) {
    this.ready = servers;
    this.loops = Promise.all([this.check(), this.send()]);
  }

  isReady(server: ServerProcess): boolean {
    return this.ready.includes(server);
  }

  async stop(): Promise<void> {
    this.running = false;
    await this.loops;
    await Promise.all(this.underWay);
  }

  private async check(): Promise<void> {
    for (; this.running; await delay(CHECK_MS)) {
      const answers = await Promise.all(
        this.servers.map(({ url }) =>
          fetch(`${url}/health/ready`).then(
            ({ ok }) => ok,
            () => false,
          ),
        ),
      );
      this.ready = this.servers.filter((_server, index) => answers[index]);
    }
  }

  private async send(): Promise<void> {
    for (; this.running; await delay(REQUEST_MS)) {
      const server = this.ready[(this.next += 1) % this.ready.length];
      if (server === undefined) throw new Error('No server is ready');
      const request = publish(server.api)
        .then(
          ({ status }) => String(status),
          (error: Error) => (error.cause instanceof Error ? error.cause.message : error.message),
        )
        .then((outcome) => {
          this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
          this.underWay.delete(request);
        });
      this.underWay.add(request);
    }
  }
}

describeOnServer('A process that stops behind a load balancer', () => {
  const stage = new Stage();

  afterEach(() => stage.clear());

  it('refuses no connection when SHUTDOWN_DELAY_MS is longer than the interval of checks', async () => {
    const database = await stage.database('server');
    const env = { SHUTDOWN_DELAY_MS: String(2.5 * CHECK_MS) };
    const [first, second] = [await stage.start(database, env), await stage.start(database, env)];
    const balancer = new LoadBalancer([first, second]);
    await eventually(async () => ((balancer.outcomes.get('202') ?? 0) > 20 ? true : undefined), 'traffic');

    const exited = first.kill('SIGTERM');
    const answer = await eventually(async () => {
      const ready = await timed(first.api.get('/health/ready'));
      return ready.status === 503 ? ready : undefined;
    }, 'the answer that it is not ready');
    expect(answer.error?.message).toMatch(/^stopping: /);
    expect(balancer.isReady(first)).toBe(true);
    expect((await publish(first.api)).status).toBe(202);
    expect(await exited).toEqual({ code: 0, signal: null });
    expect(balancer.isReady(first)).toBe(false);
    await balancer.stop();

    expect([...balancer.outcomes.keys()]).toEqual(['202']);
  });
});

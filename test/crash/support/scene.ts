import { webhookIdOf, webhookUuidOf } from '../../../src/common/ids.js';
import { openSession } from '../../process/support/session.js';
import { Stage } from '../../process/support/stage.js';
import type { ApiClient } from '../../support/api-client.js';
import { eventually } from '../../support/api-client.js';
import type { DatabaseKind, TestDatabase } from '../../support/database.js';
import type { ProcessExit, Program, ServerProcess } from '../../support/server-process.js';
import type { Outcome } from './fault.js';
import { Journal, type Answer } from './journal.js';
import { Producer, type Promised } from './producer.js';
import { readSnapshot, type Snapshot } from './snapshot.js';
import { examine, type Subscription, type Tally } from './verdict.js';
import { Violations } from './violations.js';

/** The timeout of scenes that wait for leases to end. It suffices for a receiver on a busy machine. */
const SHORT_TIMEOUT_MS = 2_000;

/** For scenes that wait for leases to end. */
export const SHORT_LEASES = { DELIVERY_TIMEOUT_MS: String(SHORT_TIMEOUT_MS) };

/** The length of a lease with these settings: 5 s to wait for a slot, the attempt's deadline, and a margin of 5 s. */
export const LEASE_MS = SHORT_TIMEOUT_MS + 10_000;

/** Settings of every process of a scene, unless it has others. */
const ENV = {
  DELIVERY_TIMEOUT_MS: '30000',
  RETRY_SCHEDULE: ['0s', ...Array.from({ length: 49 }, () => '1s')].join(),
};

/** Ends only a scene that hangs. */
const SETTLE_TIMEOUT_MS = 600_000;
/** Rare enough not to slow down the work that it waits for. */
const SETTLE_POLL_MS = 200;

/** Events of one request; the API takes up to 500. */
const BATCH = 250;

interface SceneOptions {
  kind?: DatabaseKind;
  /** Another database, which is dropped at the end. */
  database?: TestDatabase;
  /** The receiver's first answer. */
  answer?: Answer;
}

/** One run of a fault: processes on one database, a receiver with a journal, and the promises to producers. */
export class Scene {
  readonly webhooks: Subscription[] = [];
  readonly promised: Promised = new Map();
  readonly violations = new Violations();
  private readonly running = new Set<ServerProcess>();
  private readonly producers: Producer[] = [];
  private over = false;

  private constructor(
    private readonly stage: Stage,
    readonly database: TestDatabase,
    readonly journal: Journal,
  ) {}

  /** Runs a scene, and clears the stage after success and failure. */
  static async play(
    { kind = 'server', database, answer }: SceneOptions,
    act: (scene: Scene) => Promise<Outcome>,
  ): Promise<Outcome> {
    const stage = new Stage();
    let scene: Scene | undefined;
    try {
      const place = database ? stage.keep(database) : await stage.database(kind);
      scene = new Scene(stage, place, await Journal.open(stage, answer));
      return await act(scene);
    } finally {
      const stopped = scene?.end();
      await stage.clear();
      await stopped;
    }
  }

  /** Starts the service, or a script in its place. */
  async start(env: Record<string, string> = {}, program: Program = {}): Promise<ServerProcess> {
    const server = await this.stage.start(this.database, { ...ENV, ...env }, program);
    this.running.add(server);
    // The scene failed during this start: no other code would end the process.
    if (this.over) await this.crash(server);
    return server;
  }

  /** Kills a process without warning, unless it has ended, and returns its exit. */
  crash(server: ServerProcess): Promise<ProcessExit> {
    this.running.delete(server);
    return server.kill('SIGKILL');
  }

  /** Stops a process in an orderly way; anything but the exit code 0 is a violation. */
  async stop(server: ServerProcess): Promise<ProcessExit> {
    this.running.delete(server);
    const exit = await server.kill('SIGTERM');
    const ended = `${exit.signal ?? `code ${exit.code}`}: ${server.output.slice(-3).join(' | ')}`;
    this.violations.unless(exit.code === 0, 'a process did not end as told', ended);
    return exit;
  }

  /** Registers a webhook on the journal, with optional fields. */
  async subscribe(
    api: ApiClient,
    settings: { ordering?: 'extraction'; rateLimit?: object } = {},
  ): Promise<Subscription> {
    const path = `/w${this.webhooks.length}`;
    const { secret, webhook } = await api.createWebhook(this.journal.urlOf(path.slice(1)));
    const { status } = await api.patch(`/v1/webhooks/${webhook.id}`, settings);
    if (status !== 200) throw new Error(`The settings were refused with ${status}`);
    const isOrdered = settings.ordering !== undefined;
    const subscription = { uuid: webhookUuidOf(webhook.id) ?? '', path, secret, isOrdered };
    this.webhooks.push(subscription);
    return subscription;
  }

  /** Deletes a webhook, and repeats the request until it is answered. */
  async unsubscribe(apis: () => ApiClient[], webhook: Subscription): Promise<void> {
    await eventually(
      async () => {
        const answer = await apis()[0]
          ?.delete(`/v1/webhooks/${webhookIdOf(webhook.uuid)}`)
          .catch(() => undefined);
        // A process that died before its answer may have deleted the webhook.
        return answer?.status === 200 || answer?.status === 404 ? answer : undefined;
      },
      'the deletion',
      60_000,
    );
    webhook.deletedAt = Date.now();
  }

  /** Publishes this many events in batches. */
  async publish(api: ApiClient, count: number): Promise<void> {
    for (let left = count; left > 0; left -= BATCH) {
      const events = Array.from({ length: Math.min(left, BATCH) }, (_, index) => {
        return {
          event: 'extraction.completed',
          userId: 'uid_local',
          extractionId: `extract-${left - index}`,
          data: {},
        };
      });
      const { status, body } = await api.post('/v1/events/batch', { events });
      if (status !== 202) throw new Error(`The events were not accepted: ${JSON.stringify(body)}`);
      for (const { id, deliveries } of body.data) this.promised.set(String(id), Number(deliveries));
    }
  }

  produce(apis: () => ApiClient[], options: { parallel?: number; intervalMs?: () => number } = {}): Producer {
    const producer = new Producer({ apis, promised: this.promised, ...options });
    this.producers.push(producer);
    return producer;
  }

  /** Resolves when no delivery is due any more, according to the database server. */
  async settled(): Promise<void> {
    await this.onDatabase((query) =>
      eventually(
        async () => {
          const [pending] = await query(`SELECT FROM deliveries WHERE state = 'pending' LIMIT 1`);
          return pending ? undefined : true;
        },
        'the last delivery',
        SETTLE_TIMEOUT_MS,
        SETTLE_POLL_MS,
      ),
    );
  }

  /** The same by the API, for an embedded database, which is open to its own process only. */
  async settledBy(api: ApiClient): Promise<void> {
    for (const id of this.promised.keys()) {
      await eventually(
        async () => {
          const { body } = await api.get(`/v1/events/${id}`);
          const { deliveries } = body.data as { deliveries: { state: string }[] };
          return deliveries.every(({ state }) => state !== 'pending') ? true : undefined;
        },
        `the deliveries of ${id}`,
        SETTLE_TIMEOUT_MS,
        SETTLE_POLL_MS,
      );
    }
  }

  /** Asks the scene's database on the server. */
  async onDatabase<Result>(work: (query: (sql: string) => Promise<Row[]>) => Promise<Result>): Promise<Result> {
    const session = await openSession(this.database.env.DATABASE_URL ?? '');
    try {
      return await work((sql) => session.query<Row>(sql));
    } finally {
      await session.close();
    }
  }

  /** Ends all processes, and then compares the knowledge of receiver, database and producers. */
  async verdict(): Promise<{ tally: Tally; snapshot: Snapshot }> {
    await Promise.all([...this.running].map((server) => this.stop(server)));
    const snapshot = await readSnapshot(this.database);
    const { webhooks, promised } = this;
    const tally = await examine({ snapshot, entries: this.journal.entries, webhooks, promised }, this.violations);
    return { tally, snapshot };
  }

  /** Ends all work of the scene, also after a failure. */
  private async end(): Promise<void> {
    this.over = true;
    await Promise.all(this.producers.map((producer) => producer.stop()));
  }

  /** The result of the scene. */
  outcome(figures: Record<string, number | string>): Outcome {
    return { figures, violations: this.violations.lines };
  }
}

type Row = Record<string, unknown>;

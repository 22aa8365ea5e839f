import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ApiClient } from '../support/api-client.js';
import { ServerStartError, type ServerProcess } from '../support/server-process.js';
import { secondsOf, type Fault, type Outcome } from './support/fault.js';
import { within } from './support/journal.js';
import { LEASE_MS, Scene, SHORT_LEASES } from './support/scene.js';
import type { Subscription } from './support/verdict.js';

const PRELOAD = fileURLToPath(new URL('support/die-at.mjs', import.meta.url));

/** The end of a process: a kill at a random moment, or at a named point of its work. */
type Fate = 'chance' | 'accepted' | 'claimed' | 'sent' | 'answered' | 'settling';

/** A place among the processes. When its process dies, the next one takes it. */
interface Seat {
  role: 'api' | 'dispatcher' | 'all';
  fates: Fate[];
}

interface Size {
  seats: Seat[];
  /** Repetitions of all fates for each seat. */
  rounds: number;
  /** Spread evenly over all kills. */
  events: number;
  /** The longest time until a delivery is sent again, after its lease or the start of the next process. */
  slackMs: number;
}

/** Attempts that one process has in flight at most. */
const IN_FLIGHT = 16;
/** The longest life of a process, once ready, until a random kill. */
const LONGEST_LIFE_MS = 1_500;
/** The most passes of its point before a process dies. */
const MOST_PASSES = 5;
/** The settings of the webhooks. */
const WEBHOOKS = [{}, { ordering: 'extraction' as const }, { rateLimit: { requests: 100, per: 'second' } }];
const DELETED_WEBHOOKS = 3;

/**
 * Processes of all roles share a database. Each is killed and started again repeatedly while events come in and webhooks
 * are deleted.
 */
class Massacre {
  kills = 0;
  private lastKill = 0;
  private readonly serving = new Set<ServerProcess>();

  constructor(
    private readonly scene: Scene,
    private readonly size: Size,
  ) {}

  readonly apis = (): ApiClient[] => [...this.serving].map(({ api }) => api);

  /** Milliseconds between two events. Events never end, because some processes die only when they have work. */
  private readonly pace = (): number => {
    const lives = this.size.seats.reduce((sum, { fates }) => sum + fates.length * this.size.rounds, 0);
    const isAhead = this.scene.promised.size > ((this.kills + 1) / lives) * this.size.events;
    return isAhead ? 1_000 : 20;
  };

  async run(): Promise<Outcome> {
    const { scene, size } = this;
    const first = await this.start('api');
    for (const settings of WEBHOOKS) await scene.subscribe(first.api, settings);
    const doomed: Subscription[] = [];
    for (let count = 0; count < DELETED_WEBHOOKS; count += 1) doomed.push(await scene.subscribe(first.api));
    const producer = scene.produce(this.apis, { intervalMs: this.pace });

    const deletions = async (): Promise<void> => {
      for (const webhook of doomed) {
        await producer.more(10);
        await scene.unsubscribe(this.apis, webhook);
      }
    };
    await Promise.all([deletions(), ...size.seats.map((seat) => this.occupy(seat))]);
    await this.end(first);
    // With the backlog of all these deaths, the last deliveries would wait for their turn, not for their lease.
    const survivor = await this.start('all');
    await producer.reached(size.events);
    await scene.settled();
    await this.end(survivor);
    // Now one dies with requests in flight.
    await this.live('all', 'sent');
    const { lastKill } = this;
    const orphans = await this.leased();
    await this.start('all');
    const readyMs = Date.now() - lastKill;
    await producer.stop();
    await scene.settled();
    const recoveryMs = this.resentAt(orphans, lastKill) - lastKill;

    const { tally } = await scene.verdict();
    const { violations } = scene;
    violations.unless(tally.repeats <= this.kills * IN_FLIGHT, 'more repeats than in flight', `${tally.repeats}`);
    const latestMs = Math.max(LEASE_MS, readyMs) + size.slackMs;
    violations.unless(recoveryMs <= latestMs, 'a recovery after the lease', `${recoveryMs} ms`);
    return scene.outcome({ ...tally, kills: this.kills, 'recovery s': secondsOf(recoveryMs) });
  }

  /** The deliveries under a lease of a dead process. */
  private async leased(): Promise<Set<unknown>> {
    return this.scene.onDatabase(async (query) => {
      const rows = await query(`SELECT id FROM deliveries WHERE state = 'pending' AND leased_until > now()`);
      return new Set(rows.map(({ id }) => id));
    });
  }

  /** The time of the last of these deliveries' next requests, in milliseconds since 1970. */
  private resentAt(orphans: Set<unknown>, since: number): number {
    const first = new Map<unknown, number>();
    for (const { headers, at } of this.scene.journal.entries) {
      const id = headers['webhook-id'];
      if (at > since && orphans.has(id) && !first.has(id)) first.set(id, at);
    }
    this.scene.violations.unless(orphans.size > 0, 'nothing was in flight at the last kill');
    return Math.max(...first.values());
  }

  private async occupy({ role, fates }: Seat): Promise<void> {
    for (let round = 0; round < this.size.rounds; round += 1) {
      for (const fate of fates) await this.live(role, fate);
    }
  }

  private async live(role: Seat['role'], fate: Fate): Promise<void> {
    const passes = 1 + Math.floor(Math.random() * MOST_PASSES);
    const preload = { NODE_OPTIONS: `--import=${PRELOAD}`, DIE_AT: fate, DIE_COUNT: String(passes) };
    const server = await this.start(role, fate === 'chance' ? {} : preload).catch((error: unknown) => {
      // It reached its point before it was ready.
      if (error instanceof ServerStartError && error.exit.signal === 'SIGKILL') return undefined;
      throw error;
    });
    if (fate === 'chance') await delay(Math.random() * LONGEST_LIFE_MS);
    else await server?.exited;
    await this.end(server);
  }

  private async start(role: Seat['role'], env: Record<string, string> = {}): Promise<ServerProcess> {
    const settings = { ...SHORT_LEASES, DISPATCH_CONCURRENCY: String(IN_FLIGHT), ROLE: role };
    const server = await this.scene.start({ ...settings, ...env });
    if (role !== 'dispatcher') this.serving.add(server);
    return server;
  }

  private async end(server: ServerProcess | undefined): Promise<void> {
    if (server) {
      this.serving.delete(server);
      const { signal } = await this.scene.crash(server);
      this.scene.violations.unless(
        signal === 'SIGKILL',
        'a process ended by itself',
        server.output.slice(-3).join(' | '),
      );
    }
    this.kills += 1;
    this.lastKill = Date.now();
  }
}

function run(size: Size): Promise<Outcome> {
  return Scene.play({ answer: within(50) }, (scene) => new Massacre(scene, size).run());
}

export const kill: Fault = {
  name: 'kill -9',
  promise:
    'nothing is lost or out of order, repeats have the same id, and the next process goes on when the lease ends',
  short: () =>
    run({
      seats: [
        { role: 'api', fates: ['accepted'] },
        { role: 'dispatcher', fates: ['claimed', 'answered'] },
        { role: 'all', fates: ['settling', 'chance'] },
      ],
      rounds: 1,
      events: 100,
      slackMs: 30_000,
    }),
  long: () =>
    run({
      seats: [
        { role: 'api', fates: ['chance', 'accepted', 'chance', 'chance'] },
        { role: 'dispatcher', fates: ['chance', 'claimed', 'chance', 'sent'] },
        { role: 'dispatcher', fates: ['chance', 'answered', 'chance', 'settling'] },
        { role: 'all', fates: ['chance', 'accepted', 'claimed', 'sent', 'chance', 'answered', 'settling'] },
      ],
      rounds: 11,
      events: 5_000,
      slackMs: 2_000,
    }),
};

import type { ServerResponse } from 'node:http';
import type { Scope } from '../../../src/auth/caller.js';
import { openSession, type Session } from '../../process/support/session.js';
import { Stage } from '../../process/support/stage.js';
import { addUserKey } from '../../process/support/user-key.js';
import { ApiClient, eventually } from '../../support/api-client.js';
import type { ReceivedRequest, Receiver } from '../../support/receiver.js';
import type { ServerProcess } from '../../support/server-process.js';
import type { Json } from './schema.js';

/** A user and the key of the test for this user. */
export interface Caller {
  userId: string;
  scopes: Scope[];
  key: string;
  keyId: string;
}

const BYSTANDER = 'uid_bystander';
const STATUS_BY_PATH: Record<string, number> = { '/fails': 500, '/busy': 503, '/gone': 410 };

/** The environment of the fuzz test: the built service on a database of its own, receivers and users. */
export class World {
  readonly callers: Caller[] = [];

  private constructor(
    private readonly stage: Stage,
    readonly server: ServerProcess,
    readonly receiver: Receiver,
    private readonly session: Session,
  ) {}

  static async start(env: Record<string, string> = {}): Promise<World> {
    const stage = new Stage();
    const database = await stage.database('server');
    const server = await stage.start(database, env);
    const receiver = await stage.receiver(respond);
    const world = new World(stage, server, receiver, await openSession(database.env.DATABASE_URL ?? ''));
    world.callers.push(
      await world.caller('uid_a', ['webhooks', 'events:publish']),
      await world.caller('uid_b', ['webhooks', 'events:publish']),
      await world.caller('uid_manager', ['webhooks']),
      await world.caller('uid_publisher', ['events:publish']),
    );
    return world;
  }

  /** A user whose data no request of the fuzz test may change. */
  async bystander(): Promise<Caller> {
    return this.caller(BYSTANDER, ['webhooks', 'events:publish']);
  }

  /** Creates one resource of each kind for a user. Returns the answers by their operation. */
  async furnish({ userId, key }: Caller): Promise<[operation: string, body: Json][]> {
    const api = new ApiClient(this.server.url, key);
    const { webhook } = await api.createWebhook(this.receiver.url);
    await api.publish({ userId });
    await api.log(1, '&status=success');
    const path = `/v1/webhooks/${webhook.id}/recover`;
    const recovery = await api.post(path, { since: '2025-01-01T00:00:00Z' });
    await eventually(async () => {
      const { body } = await api.get(`/v1/webhooks/${webhook.id}/recoveries/${recovery.body.data.id}`);
      return body.data.status === 'completed' ? true : undefined;
    }, 'the recovery');
    const answers: [string, Json][] = [['POST /v1/webhooks/{id}/recover', recovery.body]];
    for (const listed of ['/v1/webhooks', '/v1/webhooks/deliveries', '/v1/api-keys']) {
      answers.push([`GET ${listed}`, (await api.get(listed)).body]);
    }
    return answers;
  }

  /** Everything that is stored of the bystander. */
  async bystanderRows(): Promise<unknown[]> {
    return this.session.query(
      `SELECT to_jsonb(w) AS row FROM webhooks w WHERE user_id = $1
       UNION ALL SELECT to_jsonb(k) - 'last_used_at' FROM api_keys k WHERE user_id = $1
       UNION ALL SELECT to_jsonb(e) FROM events e WHERE user_id = $1
       UNION ALL SELECT to_jsonb(a) FROM delivery_attempts a WHERE user_id = $1
       UNION ALL SELECT to_jsonb(r) FROM recoveries r WHERE user_id = $1
       UNION ALL SELECT to_jsonb(d) FROM deliveries d JOIN webhooks w ON w.id = d.webhook_id WHERE w.user_id = $1
       ORDER BY 1`,
      [BYSTANDER],
    );
  }

  /** The most active webhooks, and the most active keys, that a user has. */
  async mostActive(): Promise<{ webhooks: number; keys: number }> {
    const [row] = await this.session.query<{ webhooks: number; keys: number }>(
      `SELECT (SELECT coalesce(max(n), 0)::int FROM
                (SELECT count(*) n FROM webhooks WHERE active GROUP BY user_id) w) AS webhooks,
              (SELECT coalesce(max(n), 0)::int FROM
                (SELECT count(*) n FROM api_keys WHERE revoked_at IS NULL GROUP BY user_id) k) AS keys`,
    );
    return row ?? { webhooks: 0, keys: 0 };
  }

  /** Deliveries and records that combine one user's event with another user's webhook. */
  async mixedUp(): Promise<number> {
    const [row] = await this.session.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM deliveries d
       JOIN events e ON e.id = d.event_id JOIN webhooks w ON w.id = d.webhook_id
       LEFT JOIN delivery_attempts a ON a.delivery_id = d.id
       WHERE e.user_id <> w.user_id OR a.user_id <> w.user_id`,
    );
    return row?.count ?? 0;
  }

  /** The hosts that requests were sent to. */
  async dialled(): Promise<string[]> {
    const rows = await this.session.query<{ url: string }>('SELECT DISTINCT url FROM delivery_attempts');
    return [...new Set(rows.map(({ url }) => new URL(url).hostname))];
  }

  /** Gives a user a new key after a request has revoked the test's key. */
  async renew(keyId: string): Promise<void> {
    const index = this.callers.findIndex((caller) => caller.keyId === keyId);
    const revoked = this.callers[index];
    if (revoked) this.callers[index] = await this.caller(revoked.userId, revoked.scopes);
  }

  async end(): Promise<void> {
    await this.session.close();
    await this.stage.clear();
  }

  private async caller(userId: string, scopes: Scope[]): Promise<Caller> {
    return { userId, scopes, ...(await addUserKey(this.session, userId, scopes)) };
  }
}

function respond({ path }: ReceivedRequest, response: ServerResponse): void {
  response.statusCode = STATUS_BY_PATH[/^\/\w*/.exec(path)?.[0] ?? ''] ?? 200;
  response.end('received');
}

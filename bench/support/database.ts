import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import { Client } from 'pg';
import { newWebhookUuid } from '../../src/common/ids.js';
import type { DatabaseSession } from '../../src/database/database-session.js';
import { migrate } from '../../src/database/migrator.js';
import { AesSecretCipher } from '../../src/webhooks/aes-secret-cipher.js';
import { newSigningSecret } from '../../src/webhooks/signing-secret.js';
import { openSession } from '../../test/process/support/session.js';
import { cpuSecondsOf } from './cpu-time.js';

const MIGRATIONS_DIR = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));
const CONNECT_TIMEOUT_MS = 5_000;

/** A webhook that exists before the server starts. It subscribes to the events of {@link eventOf}. */
export interface BenchWebhook {
  userId: string;
  url: string;
  /** Deliveries of a paused webhook are queued, and not sent for a day. */
  paused?: boolean;
  /** @default true */
  active?: boolean;
}

/** The kind of database. The environment decides, as it does for the service. */
export function databaseKind(): 'server' | 'embedded' {
  return process.env.DATABASE_URL ? 'server' : 'embedded';
}

/** Runs one statement on the server of DATABASE_URL. */
export async function onServer<Row>(sql: string, connectionString = process.env.DATABASE_URL): Promise<Row[]> {
  const client = new Client({ connectionString, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  // The server may end the connection while it restarts. The statement then fails.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows as Row[];
  } finally {
    await client.end();
  }
}

/** Seconds of processor time, keyed by the process id of a session. */
type SessionSeconds = ReadonlyMap<number, number>;

/** A database for the benchmark alone: on the server of DATABASE_URL, or embedded when that is unset. */
export class BenchDatabase {
  readonly name = `docmap_bench_${process.pid}_${randomBytes(4).toString('hex')}`;
  private readonly secretsKey = randomBytes(32);

  private constructor(
    readonly kind: 'server' | 'embedded',
    readonly directory: string,
  ) {}

  static async create(kind = databaseKind()): Promise<BenchDatabase> {
    const database = new BenchDatabase(kind, await mkdtemp(join(tmpdir(), 'docmap-bench-')));
    if (database.kind === 'server') await onServer(`CREATE DATABASE ${database.name}`);
    return database;
  }

  /** The environment variables with which the service uses this database. */
  get env(): Record<string, string> {
    const common = { DATA_DIR: this.directory, SECRETS_KEY: this.secretsKey.toString('base64') };
    return this.kind === 'server' ? { ...common, DATABASE_URL: this.url } : common;
  }

  /** Applies the migrations and runs `work`. No server may use the database meanwhile. */
  async prepare<Result>(work: (session: DatabaseSession) => Promise<Result>): Promise<Result> {
    const session = this.kind === 'server' ? await openSession(this.url) : await this.openEmbedded();
    try {
      await migrate(session, MIGRATIONS_DIR, () => undefined);
      return await work(session);
    } finally {
      await session.close();
    }
  }

  /** @returns the uuids of the webhooks */
  addWebhooks(webhooks: readonly BenchWebhook[]): Promise<string[]> {
    const cipher = new AesSecretCipher(this.secretsKey);
    return this.prepare(async (session) => {
      const uuids: string[] = [];
      for (const { userId, url, paused = false, active = true } of webhooks) {
        const uuid = newWebhookUuid();
        await session.query(
          `INSERT INTO webhooks (id, user_id, url, events, active, secret, throttled_until)
           VALUES ($1, $2, $3, '{extraction.completed}', $4, $5, CASE WHEN $6 THEN now() + interval '1 day' END)`,
          [uuid, userId, url, active, cipher.encrypt(newSigningSecret(), uuid), paused],
        );
        uuids.push(uuid);
      }
      return uuids;
    });
  }

  /** Runs one statement in the database, which must be on a server. */
  query<Row>(sql: string): Promise<Row[]> {
    return onServer<Row>(sql, this.url);
  }

  /** The processor time of each current session of this database. */
  async sessionCpuSeconds(): Promise<SessionSeconds> {
    if (this.kind === 'embedded') return new Map();
    const sessions = await onServer<{ pid: number }>(`SELECT pid FROM pg_stat_activity WHERE datname = '${this.name}'`);
    return new Map(await Promise.all(sessions.map(async ({ pid }) => [pid, await cpuSecondsOf(pid)] as const)));
  }

  /**
   * The processor time of the sessions since `before`, without sessions that have ended. It is NaN when the server runs on
   * another machine, and for an embedded database, whose time is part of the service's.
   */
  async sessionCpuSecondsSince(before: SessionSeconds): Promise<number> {
    if (this.kind === 'embedded') return Number.NaN;
    const after = await this.sessionCpuSeconds();
    return [...after].reduce((sum, [pid, seconds]) => sum + seconds - (before.get(pid) ?? 0), 0);
  }

  async drop(): Promise<void> {
    if (this.kind === 'server') await onServer(`DROP DATABASE IF EXISTS ${this.name} WITH (FORCE)`);
    await rm(this.directory, { recursive: true, force: true });
  }

  private get url(): string {
    const url = new URL(process.env.DATABASE_URL ?? '');
    url.pathname = `/${this.name}`;
    return url.href;
  }

  /** Uses the same directory layout as the service. */
  private async openEmbedded() {
    const pglite = await PGlite.create(join(this.directory, 'postgres'));
    return {
      query: async <Row>(sql: string, values?: unknown[]) => (await pglite.query<Row>(sql, values)).rows,
      script: async (sql: string) => void (await pglite.exec(sql)),
      close: () => pglite.close(),
    };
  }
}

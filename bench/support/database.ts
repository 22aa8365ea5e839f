import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import { Client } from 'pg';
import { newWebhookUuid } from '../../src/common/ids.js';
import { migrate, type MigrationConnection } from '../../src/database/migrator.js';
import { AesSecretCipher } from '../../src/webhooks/aes-secret-cipher.js';
import { newSigningSecret } from '../../src/webhooks/signing-secret.js';
import { openSession } from '../../test/process/support/session.js';
import { cpuSecondsOf } from './cpu-time.js';

const MIGRATIONS_DIR = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));
const CONNECT_TIMEOUT_MS = 5_000;

/** A webhook to have in the database before the server starts; it subscribes to what {@link eventOf} makes. */
export interface BenchWebhook {
  userId: string;
  url: string;
  /** A paused webhook's deliveries are queued, and not sent for a day. */
  paused?: boolean;
  /** Active when left out. */
  active?: boolean;
}

/** The kind of database that the environment chooses, as the service itself does. */
export function databaseKind(): 'server' | 'embedded' {
  return process.env.DATABASE_URL ? 'server' : 'embedded';
}

/** Runs one statement on the server of DATABASE_URL. */
export async function onServer<Row>(sql: string): Promise<Row[]> {
  const client = new Client({
    connectionString: process.env.DATABASE_URL,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  await client.connect();
  try {
    return (await client.query(sql)).rows as Row[];
  } finally {
    await client.end();
  }
}

/** Seconds of processor time by the process of a session. */
type SessionSeconds = ReadonlyMap<number, number>;

/** A database of the benchmark's own: on the server of DATABASE_URL, or embedded where that is unset. */
export class BenchDatabase {
  private readonly name = `docmap_bench_${process.pid}_${randomBytes(4).toString('hex')}`;
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

  /** The environment variables that make the service use it. */
  get env(): Record<string, string> {
    const common = { DATA_DIR: this.directory, SECRETS_KEY: this.secretsKey.toString('base64') };
    return this.kind === 'server' ? { ...common, DATABASE_URL: this.url } : common;
  }

  /** Works on the migrated database while no server does. */
  async prepare<Result>(work: (session: MigrationConnection) => Promise<Result>): Promise<Result> {
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

  /** The processor time that each of the server's present sessions has used for this database so far, by its process. */
  async sessionCpuSeconds(): Promise<SessionSeconds> {
    if (this.kind === 'embedded') return new Map();
    const sessions = await onServer<{ pid: number }>(`SELECT pid FROM pg_stat_activity WHERE datname = '${this.name}'`);
    return new Map(await Promise.all(sessions.map(async ({ pid }) => [pid, await cpuSecondsOf(pid)] as const)));
  }

  /**
   * What the sessions have used since, but for what those did that have ended; NaN where the server is not on this
   * machine, or the database is embedded and its time is that of the service.
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

  /** The directory is laid out as the service does it. */
  private async openEmbedded() {
    const pglite = await PGlite.create(join(this.directory, 'postgres'));
    return {
      query: async <Row>(sql: string, values?: unknown[]) => (await pglite.query<Row>(sql, values)).rows,
      script: async (sql: string) => void (await pglite.exec(sql)),
      close: () => pglite.close(),
    };
  }
}

import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { Agent, request } from 'undici';
import type { Database } from '../src/database/database.js';
import { EmbeddedDatabase } from '../src/database/embedded-database.js';
import { PrismaService } from '../src/database/prisma.service.js';
import { ServerDatabase } from '../src/database/server-database.js';
import { AesSecretCipher } from '../src/webhooks/aes-secret-cipher.js';
import { newWebhookUuid } from '../src/common/ids.js';
import { newSigningSecret } from '../src/webhooks/signing-secret.js';

const PROJECT = fileURLToPath(new URL('..', import.meta.url));
const MIGRATIONS_DIR = join(PROJECT, 'prisma/migrations');
const KEY = `dm_live_${'b'.repeat(64)}`;

/** A webhook to have in the database before the server starts. */
export interface BenchWebhook {
  userId: string;
  url: string;
}

/** A database of the benchmark's own: on the server of DATABASE_URL, or embedded where that is unset. */
export class BenchDatabase {
  private constructor(
    readonly kind: 'server' | 'embedded',
    private readonly name: string,
    private readonly directory: string,
    private readonly secretsKey: Buffer,
  ) {}

  static async create(): Promise<BenchDatabase> {
    const directory = await mkdtemp(join(tmpdir(), 'docmap-bench-'));
    const name = `docmap_bench_${randomBytes(4).toString('hex')}`;
    const kind = process.env.DATABASE_URL ? 'server' : 'embedded';
    const database = new BenchDatabase(kind, name, directory, randomBytes(32));
    if (kind === 'server') await database.onServer(`CREATE DATABASE ${name}`);
    return database;
  }

  get env(): Record<string, string> {
    const common = { DATA_DIR: this.directory, SECRETS_KEY: this.secretsKey.toString('base64') };
    return this.kind === 'server' ? { ...common, DATABASE_URL: this.url } : common;
  }

  /** Works on the database while no server does. */
  async prepare(work: (prisma: PrismaService) => Promise<void>): Promise<void> {
    const database: Database =
      this.kind === 'server'
        ? await ServerDatabase.open(this.url, MIGRATIONS_DIR)
        : await EmbeddedDatabase.open(this.directory, MIGRATIONS_DIR);
    const prisma = new PrismaService(database);
    await work(prisma);
    await prisma.onApplicationShutdown();
  }

  async addWebhooks(webhooks: BenchWebhook[]): Promise<void> {
    const cipher = new AesSecretCipher(this.secretsKey);
    await this.prepare(async (prisma) => {
      await prisma.webhook.createMany({
        data: webhooks.map(({ userId, url }) => {
          const id = newWebhookUuid();
          return { id, userId, url, events: ['extraction.completed'], secret: cipher.encrypt(newSigningSecret(), id) };
        }),
      });
    });
  }

  async drop(): Promise<void> {
    if (this.kind === 'server') await this.onServer(`DROP DATABASE IF EXISTS ${this.name} WITH (FORCE)`);
    await rm(this.directory, { recursive: true, force: true });
  }

  private get url(): string {
    const url = new URL(process.env.DATABASE_URL ?? '');
    url.pathname = `/${this.name}`;
    return url.href;
  }

  private async onServer(sql: string): Promise<void> {
    const client = new Client({ connectionString: process.env.DATABASE_URL });
    await client.connect();
    await client.query(sql);
    await client.end();
  }
}

/** The built server in a process of its own. */
export class BenchServer {
  private readonly agent = new Agent({ connections: 64, pipelining: 1 });

  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  static async start(database: BenchDatabase, env: Record<string, string> = {}): Promise<BenchServer> {
    const nodeArgs = process.env.BENCH_NODE_ARGS?.split(' ') ?? [];
    const child = spawn(process.execPath, [...nodeArgs, 'dist/main.js'], {
      cwd: PROJECT,
      env: {
        PATH: process.env.PATH,
        PORT: '0',
        HOST: '127.0.0.1',
        BOOTSTRAP_API_KEY: KEY,
        WEBHOOK_REQUIRE_HTTPS: 'false',
        WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8',
        ...database.env,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const url = await new Promise<string>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`The server ended with ${code} before it was ready`)));
      createInterface({ input: child.stdout }).on('line', (line) => {
        const ready = /Ready at (http:\/\/[^ "]+)/.exec(line)?.[1];
        if (ready) resolve(ready);
        else if (/"level":(40|50|60)/.test(line)) process.stderr.write(`${line}\n`);
      });
    });
    return new BenchServer(child, url);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Posts JSON and reads the answer to its end. */
  async post(path: string, body: string): Promise<void> {
    const response = await request(`${this.url}${path}`, {
      dispatcher: this.agent,
      method: 'POST',
      body,
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    });
    if (response.statusCode !== 202) throw new Error(`${response.statusCode} ${await response.body.text()}`);
    await response.body.dump();
  }

  /** Attempts recorded since the start. */
  async settled(): Promise<number> {
    const response = await request(`${this.url}/metrics`, { dispatcher: this.agent });
    const text = await response.body.text();
    const counts = text.matchAll(/^docmap_delivery_attempts_total\{[^}]*\} (\d+)/gm);
    return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
  }

  /** Resolves when so many attempts are recorded. */
  async untilSettled(count: number): Promise<void> {
    while ((await this.settled()) < count) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  async stop(): Promise<void> {
    const exit = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await exit;
    await this.agent.close();
  }
}

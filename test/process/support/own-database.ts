import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestDatabase } from '../../support/database.js';
import { emptyServerDatabase } from './empty-database.js';
import { Role } from './role.js';
import { openSession } from './session.js';

/** An empty database on the test server, with a directory for processes, and roles that end with it. */
export class OwnDatabase implements TestDatabase {
  readonly env: Record<string, string>;
  private readonly roles: Role[] = [];

  private constructor(
    readonly url: string,
    readonly directory: string,
    private readonly dropDatabase: () => Promise<void>,
  ) {
    this.env = { DATA_DIR: directory, DATABASE_URL: url, SECRETS_KEY: randomBytes(32).toString('base64') };
  }

  static async create(): Promise<OwnDatabase> {
    const empty = await emptyServerDatabase();
    return new OwnDatabase(empty.url, await mkdtemp(join(tmpdir(), 'docmap-test-set-up-')), () => empty.drop());
  }

  get name(): string {
    return new URL(this.url).pathname.slice(1);
  }

  async role(attributes?: string): Promise<Role> {
    const role = await Role.create(this.url, attributes);
    this.roles.push(role);
    return role;
  }

  async sql<Row = Record<string, unknown>>(text: string): Promise<Row[]> {
    const session = await openSession(this.url);
    try {
      return await session.query<Row>(text);
    } finally {
      await session.close();
    }
  }

  async drop(): Promise<void> {
    for (const role of this.roles.splice(0)) await role.drop();
    await this.dropDatabase();
    await rm(this.directory, { recursive: true, force: true });
  }
}

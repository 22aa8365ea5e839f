import { randomBytes } from 'node:crypto';
import { onServer } from '../../support/test-server.mjs';
import { openSession } from './session.js';

/** A role of the test server that is no superuser. */
export class Role {
  private constructor(
    readonly name: string,
    private readonly databaseUrl: string,
  ) {}

  /** @param attributes such as `CONNECTION LIMIT 5` */
  static async create(databaseUrl: string, attributes = ''): Promise<Role> {
    const name = `docmap_${randomBytes(6).toString('hex')}`;
    await onServer(`CREATE ROLE ${name} LOGIN ${attributes}`);
    return new Role(name, databaseUrl);
  }

  /** The URL of the database as this role. */
  url(parameters = ''): string {
    const url = new URL(this.databaseUrl);
    url.username = this.name;
    return `${url.href}${parameters}`;
  }

  async drop(): Promise<void> {
    const session = await openSession(this.databaseUrl);
    await session.script(`DROP OWNED BY ${this.name} CASCADE`);
    await session.close();
    await onServer(`DROP ROLE ${this.name}`);
  }
}

import { randomBytes } from 'node:crypto';
import { PGlite } from '@electric-sql/pglite';
import { onServer, urlOf } from '../../support/test-server.mjs';
import { openSession, type Session } from './session.js';

/** A database without any table, including that of the migrations. */
export interface EmptyDatabase {
  /** Opens another session. The embedded database has one session, which all share. */
  open(): Promise<Session>;
  drop(): Promise<void>;
}

export interface EmptyServerDatabase extends EmptyDatabase {
  url: string;
}

export async function emptyServerDatabase(encoding = 'UTF8'): Promise<EmptyServerDatabase> {
  const template = process.env.TEST_TEMPLATE_DATABASE;
  if (template === undefined) throw new Error('There is no PostgreSQL server to test on');
  const name = template.replace('template', randomBytes(6).toString('hex'));
  await onServer(`CREATE DATABASE ${name} ENCODING '${encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`);
  const url = urlOf(name);
  return {
    url,
    open: () => openSession(url),
    drop: async () => void (await onServer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)),
  };
}

/** Empty databases inside this process, one at a time. Making an instance takes over a second, so one serves them all. */
export class EmptyEmbeddedDatabases {
  private readonly pglite = new PGlite();

  async next(): Promise<EmptyDatabase> {
    await this.pglite.exec('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
    return {
      open: async () => ({
        query: async <Row>(sql: string, values?: unknown[]) => (await this.pglite.query<Row>(sql, values)).rows,
        script: async (sql) => void (await this.pglite.exec(sql)),
        close: async () => undefined,
      }),
      drop: async () => undefined,
    };
  }

  async close(): Promise<void> {
    await this.pglite.close();
  }
}

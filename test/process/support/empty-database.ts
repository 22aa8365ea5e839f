import { randomBytes } from 'node:crypto';
import { PGlite } from '@electric-sql/pglite';
import { Client } from 'pg';
import type { MigrationConnection } from '../../../src/database/migrator.js';
import type { DatabaseKind } from '../../support/database.js';
import { onServer, urlOf } from '../../support/test-server.mjs';

export interface Session extends MigrationConnection {
  close(): Promise<void>;
}

/** A database without a table, not even that of the migrations. */
export interface EmptyDatabase {
  /** Opens another session; the embedded database has only one, which all share. */
  open(): Promise<Session>;
  drop(): Promise<void>;
}

export async function emptyDatabase(kind: DatabaseKind): Promise<EmptyDatabase> {
  return kind === 'embedded' ? emptyEmbeddedDatabase() : emptyServerDatabase();
}

export interface EmptyServerDatabase extends EmptyDatabase {
  url: string;
}

export async function emptyServerDatabase(): Promise<EmptyServerDatabase> {
  const template = process.env.TEST_TEMPLATE_DATABASE;
  if (template === undefined) throw new Error('There is no PostgreSQL server to test on');
  const name = template.replace('template', randomBytes(6).toString('hex'));
  await onServer(`CREATE DATABASE ${name} TEMPLATE template0`);
  const url = urlOf(name);
  return {
    url,
    open: async () => {
      const client = new Client({ connectionString: url });
      await client.connect();
      return {
        query: async <Row>(sql: string, values?: unknown[]) => (await client.query(sql, values)).rows as Row[],
        script: async (sql) => void (await client.query(sql)),
        close: () => client.end(),
      };
    },
    drop: async () => void (await onServer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)),
  };
}

/** One instance serves all tests of a file, since each costs over a second to make. */
let pglite: PGlite | undefined;

async function emptyEmbeddedDatabase(): Promise<EmptyDatabase> {
  const database = (pglite ??= new PGlite());
  await database.exec('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  return {
    open: async () => ({
      query: async <Row>(sql: string, values?: unknown[]) => (await database.query<Row>(sql, values)).rows,
      script: async (sql) => void (await database.exec(sql)),
      close: async () => undefined,
    }),
    drop: async () => undefined,
  };
}

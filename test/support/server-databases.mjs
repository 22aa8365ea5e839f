import { randomBytes } from 'node:crypto';
import { mkdir, readdir, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { onServer, urlOf } from './test-server.mjs';

/**
 * Everything in a database that a test may change besides rows: tables, columns, constraints, triggers, functions, schemas, rights
 * and settings. Statistics of tables count, too: they change plans.
 */
const CATALOGUE = `
  WITH own AS (SELECT oid FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema')
  SELECT md5(concat_ws(';',
    (SELECT string_agg(concat_ws(' ', nspname, nspacl), ',' ORDER BY nspname) FROM pg_namespace JOIN own USING (oid)),
    (SELECT string_agg(concat_ws(' ', relname, relkind, relacl, reloptions, relowner, relnamespace), ',' ORDER BY relname, relnamespace)
      FROM pg_class WHERE relnamespace IN (SELECT oid FROM own)),
    (SELECT string_agg(concat_ws(' ', attrelid::regclass, attname, atttypid, attnotnull, attisdropped), ',' ORDER BY attrelid::regclass::text, attnum)
      FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace IN (SELECT oid FROM own)),
    (SELECT string_agg(concat_ws(' ', conname, pg_get_constraintdef(oid)), ',' ORDER BY conname)
      FROM pg_constraint WHERE connamespace IN (SELECT oid FROM own)),
    (SELECT string_agg(tgname, ',' ORDER BY tgname) FROM pg_trigger),
    (SELECT string_agg(proname, ',' ORDER BY proname) FROM pg_proc WHERE pronamespace IN (SELECT oid FROM own)),
    (SELECT string_agg(setconfig::text, ',') FROM pg_db_role_setting JOIN pg_database ON pg_database.oid = setdatabase
      WHERE datname = current_database()),
    (SELECT datacl FROM pg_database WHERE datname = current_database()),
    (SELECT count(*) FROM pg_statistic JOIN pg_class ON pg_class.oid = starelid WHERE relnamespace IN (SELECT oid FROM own))
  )) AS catalogue,
  (SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()) AS sessions,
  (SELECT string_agg(oid::regclass::text, ',') FROM pg_class
    WHERE relkind = 'r' AND relnamespace IN (SELECT oid FROM own) AND relname <> '_prisma_migrations') AS tables`;

/**
 * The databases that tests have given back, as files of their names. A test takes one instead of making one: to create and to
 * drop a database takes half a second, because PostgreSQL makes a checkpoint. To empty its tables takes a tenth of that.
 */
const freeFolder = () => join(process.env.TEST_DIRECTORY, 'free-databases');

/** The migrated template of all databases. */
const template = () => process.env.TEST_TEMPLATE_DATABASE;

/** Notes the template, whose catalogue all databases must have. */
export async function prepareDatabases() {
  await mkdir(freeFolder(), { recursive: true });
  const { catalogue } = await look(template());
  process.env.TEST_TEMPLATE_CATALOGUE = catalogue;
}

/** @returns the name of a migrated, empty database for one test */
export async function takeDatabase() {
  for (const name of await readdir(freeFolder())) {
    // Another worker may be faster.
    const isOurs = await unlink(join(freeFolder(), name)).then(
      () => true,
      () => false,
    );
    if (isOurs) return name;
  }
  const name = template().replace('template', randomBytes(6).toString('hex'));
  await onServer(`CREATE DATABASE ${name} TEMPLATE ${template()}`);
  return name;
}

/** Empties a database for the next test. A database that is not as the template, or still in use, is dropped. */
export async function returnDatabase(name) {
  const isEmpty = await empty(name).catch(() => false);
  if (isEmpty) await writeFile(join(freeFolder(), name), '');
  else await onServer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
}

async function empty(name) {
  const { catalogue, sessions } = await look(name, true);
  return catalogue === process.env.TEST_TEMPLATE_CATALOGUE && sessions === 0;
}

async function look(name, truncates = false) {
  const client = new Client({ connectionString: urlOf(name), connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    const { rows } = await client.query(CATALOGUE);
    if (truncates && rows[0].sessions === 0) {
      await client.query('SET lock_timeout = 1000');
      await client.query(`TRUNCATE ${rows[0].tables} RESTART IDENTITY`);
    }
    return rows[0];
  } finally {
    await client.end();
  }
}

import { Client } from 'pg';

/** The PostgreSQL server of the tests: they make and drop databases of their own on it. */
export const SERVER_URL = process.env.TEST_DATABASE_URL ?? 'postgresql://postgres@127.0.0.1:5432/postgres';

/** The URL of another database on the same server. */
export function urlOf(database) {
  const url = new URL(SERVER_URL);
  url.pathname = `/${database}`;
  return url.href;
}

/** Runs one statement on the server. */
export async function onServer(sql) {
  const client = new Client({ connectionString: SERVER_URL, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Says why the server can't be used, or undefined when it can. */
export async function probeServer() {
  try {
    await onServer('SELECT 1');
    return undefined;
  } catch (error) {
    return error.message || error.code;
  }
}

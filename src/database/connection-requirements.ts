import type { StartConnection } from './connection-start.js';
import { MIN_POOL_SIZE } from './connection-target.js';
import { DatabaseStartError } from './database-start.error.js';
import { typedIdentifier } from './session-settings.js';
import { TABLES } from './tables.js';

/** One connection for LISTEN and one for readiness. */
const OTHER_CONNECTIONS = 2;

interface Limit {
  place: 'server' | 'role' | 'database';
  connections: number;
}

/**
 * Input: none. Output: one row, the smallest connection limit among server, role and database. The limits of role and
 * database do not apply to a superuser. Takes no locks.
 */
const LIMITS = `
  SELECT 'server' AS place,
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS connections
  UNION ALL
  SELECT 'role', rolconnlimit FROM pg_roles WHERE rolname = current_user AND NOT rolsuper AND rolconnlimit >= 0
  UNION ALL
  SELECT 'database', datconnlimit FROM pg_database JOIN pg_roles ON rolname = current_user
    WHERE datname = current_database() AND NOT rolsuper AND datconnlimit >= 0
  ORDER BY connections LIMIT 1`;

/**
 * Rejects a connection limit that is too small for the pool, the connection for LISTEN and the one for readiness. The use
 * by other clients is not counted, because it changes. With a transaction pooler, the pooler's limits count instead.
 *
 * @throws DatabaseStartError
 */
export async function requireConnections(connection: StartConnection): Promise<void> {
  const { target } = connection;
  if (target.isTransactionPooled) return;
  const needed = target.poolSize + OTHER_CONNECTIONS;
  const [limit] = await connection.query<Limit>(LIMITS);
  if (!limit || needed <= limit.connections) return;
  const raise = {
    server: 'raise max_connections of the server',
    role: `type "ALTER ROLE ${typedIdentifier(target.user)} CONNECTION LIMIT ${needed}"`,
    database: `type "ALTER DATABASE ${typedIdentifier(target.database)} CONNECTION LIMIT ${needed}"`,
  }[limit.place];
  const left = limit.connections - OTHER_CONNECTIONS;
  const fits = left >= MIN_POOL_SIZE ? `Add ?connection_limit=${left} to ${target.variable}, or ` : '';
  throw new DatabaseStartError(
    `A process needs ${needed} connections (connection_limit, one for notifications, and one for readiness), and the ${limit.place} allows ` +
      `${limit.connections}. ${fits}${fits ? raise : `${raise.charAt(0).toUpperCase()}${raise.slice(1)}`}.`,
  );
}

/**
 * Rejects a role without read and write privileges on the tables, which could not serve any request.
 *
 * Input: schema and table names. Output: one row, the tables that lack a privilege, or null. Takes no locks.
 *
 * @throws DatabaseStartError
 */
export async function requirePrivileges(connection: StartConnection, schema: string): Promise<void> {
  const [row] = await connection.query<{ tables: string | null }>(
    `SELECT string_agg(relname, ', ' ORDER BY relname) AS tables FROM pg_class
     WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND relname = ANY ($2) AND NOT (
       has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT')
       AND has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE'))`,
    [schema, TABLES],
  );
  if (!row?.tables) return;
  const [name, role] = [typedIdentifier(schema), typedIdentifier(connection.target.user)];
  throw new DatabaseStartError(
    `The role ${connection.target.user} may not read and write ${row.tables} in the schema ${schema}. ` +
      `Type "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${name} TO ${role}".`,
  );
}

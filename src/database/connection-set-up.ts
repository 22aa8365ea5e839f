import { forWork, type ConnectionConfig } from './connection-config.js';
import { requireConnections, requirePrivileges } from './connection-requirements.js';
import { StartConnection } from './connection-start.js';
import { connectionTarget, describeTarget, type ConnectionTarget } from './connection-target.js';
import { DatabaseStartError } from './database-start.error.js';
import { migrate } from './migrator.js';

export interface ServerOptions {
  /** Where migrations and notifications go instead, because they need a session of their own. */
  directUrl?: string | undefined;
  /** Whether missing migrations are applied; otherwise they are an error. */
  migrateOnStart?: boolean;
}

/** A server that was checked and migrated, and how to connect to it. */
export interface ServerSetUp {
  /** For statements and transactions. */
  pooled: ConnectionConfig;
  /** For sessions that last. */
  direct: ConnectionConfig;
  schema: string;
  poolSize: number;
  isTransactionPooled: boolean;
  /** What it is, for the log: no credentials. */
  description: string;
}

/**
 * Connects, checks that the server can be used as it is set up, and brings the schema to the newest migration.
 *
 * @throws DatabaseStartError that says in one line what is wrong and what to do
 */
export async function setUpServer(
  databaseUrl: string,
  migrationsDir: string,
  log: (line: string) => void,
  { directUrl, migrateOnStart = true }: ServerOptions = {},
): Promise<ServerSetUp> {
  const target = connectionTarget(databaseUrl, 'DATABASE_URL');
  const directTarget = directTargetOf(target, directUrl);
  const application = await StartConnection.open(target);
  let direct = application;
  try {
    const schema = await application.schema();
    if (directTarget) direct = await StartConnection.open(directTarget);
    await requireConnections(application);
    await direct.use(schema, migrateOnStart);
    await requireSameDatabase(application, direct);
    await migrate(direct, migrationsDir, log, { apply: migrateOnStart });
    // In a transaction pooler the session would be another client's next.
    if (direct !== application && !target.isTransactionPooled) await application.use(schema, false);
    await requirePrivileges(application, schema);
    return {
      pooled: forWork(application.config),
      direct: forWork(direct.config),
      schema,
      poolSize: target.poolSize,
      isTransactionPooled: target.isTransactionPooled,
      description: describeTarget(target),
    };
  } finally {
    await application.close();
    if (direct !== application) await direct.close();
  }
}

/**
 * Applies missing migrations, as the role of `DIRECT_DATABASE_URL` or else of `DATABASE_URL`.
 *
 * @returns the names of the migrations it applied
 * @throws DatabaseStartError as {@link setUpServer}
 */
export async function migrateServer(
  databaseUrl: string,
  migrationsDir: string,
  log: (line: string) => void,
  directUrl?: string,
): Promise<string[]> {
  const target = connectionTarget(databaseUrl, 'DATABASE_URL');
  const connection = await StartConnection.open(directTargetOf(target, directUrl) ?? target);
  try {
    await connection.use(await connection.schema(), true);
    return await migrate(connection, migrationsDir, log);
  } finally {
    await connection.close();
  }
}

/** The schema is that of `DATABASE_URL`, unless that names none. */
function directTargetOf(target: ConnectionTarget, directUrl: string | undefined): ConnectionTarget | undefined {
  if (directUrl === undefined) {
    if (!target.isTransactionPooled) return undefined;
    throw new DatabaseStartError(
      'DATABASE_URL has pgbouncer=true, so DIRECT_DATABASE_URL is needed: the URL of the server itself, or of a session pooler, ' +
        'for migrations and notifications.',
    );
  }
  const direct = connectionTarget(directUrl, 'DIRECT_DATABASE_URL');
  if (direct.isTransactionPooled) {
    throw new DatabaseStartError(
      'DIRECT_DATABASE_URL has pgbouncer=true. Name the server itself, or a session pooler.',
    );
  }
  if (direct.schema !== undefined && direct.schema !== target.schema) {
    throw new DatabaseStartError(
      `DIRECT_DATABASE_URL names the schema ${direct.schema}, and DATABASE_URL ${target.schema ?? 'none'}. Name the same in both.`,
    );
  }
  return { ...direct, schema: target.schema };
}

/** Notifications of one database do not reach another. */
async function requireSameDatabase(application: StartConnection, direct: StartConnection): Promise<void> {
  if (application === direct) return;
  const [one, other] = [await identityOf(application), await identityOf(direct)];
  if (one !== other) {
    throw new DatabaseStartError(
      'DATABASE_URL and DIRECT_DATABASE_URL lead to different databases. Name the same database in both.',
    );
  }
}

async function identityOf(connection: StartConnection): Promise<string> {
  const [row] = await connection.query<{ identity: string }>(
    `SELECT concat_ws(' ', extract(epoch FROM pg_postmaster_start_time()), oid, datname) AS identity
     FROM pg_database WHERE datname = current_database()`,
  );
  return row?.identity ?? '';
}

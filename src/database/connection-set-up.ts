import { forWork, type ConnectionConfig } from './connection-config.js';
import { requireConnections, requirePrivileges } from './connection-requirements.js';
import { StartConnection } from './connection-start.js';
import { connectionTarget, describeTarget, type ConnectionTarget } from './connection-target.js';
import { DatabaseStartError } from './database-start.error.js';
import { migrate } from './migrator.js';

export interface ServerOptions {
  /** Connection string for migrations and notifications, which need a session of their own. Default: `databaseUrl`. */
  directUrl?: string | undefined;
  /** Whether to apply missing migrations. If false, they are an error. Default: true. */
  migrateOnStart?: boolean;
}

/** A checked and migrated server. */
export interface ServerSetUp {
  /** For statements and transactions. */
  pooled: ConnectionConfig;
  /** For sessions that stay open. */
  direct: ConnectionConfig;
  schema: string;
  poolSize: number;
  isTransactionPooled: boolean;
  /** A description for the log, without credentials. */
  description: string;
}

/**
 * Connects, checks that the server and its settings can be used, and applies or requires all migrations.
 *
 * @throws DatabaseStartError with one line that says what is wrong and how to solve it
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
    // Through a transaction pooler, changed settings would reach the session of another client.
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
 * Applies missing migrations, as the role of `DIRECT_DATABASE_URL`, or of `DATABASE_URL` if that is unset.
 *
 * @returns the names of the applied migrations
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

/** The target of `DIRECT_DATABASE_URL`, in the schema of `DATABASE_URL`. Undefined if one connection string suffices. */
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

/** Both connection strings must name one database, because notifications do not cross databases. */
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

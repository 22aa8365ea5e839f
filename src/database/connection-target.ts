import { userInfo } from 'node:os';
import { DatabaseStartError } from './database-start.error.js';
import { readConnectionString, type ConnectionParameters } from './connection-string.js';
import { tlsCandidates, type Tls } from './connection-tls.js';

export interface Host {
  /** A name, an address, or the directory of a socket. */
  host: string;
  port: number;
}

/** The checked content of a connection string: a database and the way to connect to it. */
export interface ConnectionTarget {
  /** The environment variable that holds the connection string. */
  variable: string;
  /** At least one host. With several, the one that accepts writes is used. */
  hosts: readonly [Host, ...Host[]];
  user: string;
  password: string | undefined;
  database: string;
  /** Undefined: the default schema of the role. */
  schema: string | undefined;
  /** Maximum connections of the pool. The connections for LISTEN and for readiness come on top. */
  poolSize: number;
  /** Whether a pooler gives each transaction another server connection. */
  isTransactionPooled: boolean;
  /** TLS options in the order in which they are tried. */
  tls: readonly Tls[];
  sslNegotiation: 'postgres' | 'direct';
  channelBinding: boolean;
  /** Command-line options for the server session, unchanged. */
  options: string | undefined;
  applicationName: string;
  connectTimeoutMs: number;
}

const DEFAULT_PORT = 5432;
const CONNECT_TIMEOUT_MS = 5_000;
/** Enough connections for the API and for the dispatcher's claims and settlements. */
const DEFAULT_POOL_SIZE = 10;
/** With one connection, a statement could wait for the one that it blocks. */
export const MIN_POOL_SIZE = 2;
const MAX_POOL_SIZE = 1_000;

/** Parameters that this file or connection-tls.ts uses. */
const READ = new Set(
  (
    'host port user password dbname schema connection_limit pgbouncer options application_name connect_timeout ' +
    'target_session_attrs channel_binding sslmode ssl sslrootcert sslcert sslkey sslcrl sslpassword sslnegotiation'
  ).split(' '),
);
/** Parameters of libpq and Prisma that are accepted and ignored. */
const WITHOUT_EFFECT = new Set(
  (
    'client_encoding fallback_application_name keepalives keepalives_idle keepalives_interval ' +
    'keepalives_count tcp_user_timeout sslcompression sslsni ssl_min_protocol_version ssl_max_protocol_version gssencmode ' +
    'krbsrvname gsslib load_balance_hosts sslcertmode uselibpqcompat pool_timeout socket_timeout ' +
    'statement_cache_size'
  ).split(' '),
);

/**
 * Parses and checks a connection string.
 *
 * @throws DatabaseStartError with one line that says what is wrong, without the password
 */
export function connectionTarget(text: string, variable: string, env?: NodeJS.ProcessEnv): ConnectionTarget {
  const parameters = readConnectionString(text, variable, env);
  const fault = (message: string): DatabaseStartError => new DatabaseStartError(message.replaceAll('%', variable));
  const unknown = [...parameters.keys()].find((name) => !READ.has(name) && !WITHOUT_EFFECT.has(name));
  if (unknown !== undefined) {
    throw fault(`% has the parameter "${unknown.slice(0, 40)}", which is not known. Correct or remove it.`);
  }
  const isOn = (name: string): boolean => {
    const value = parameters.get(name) ?? 'false';
    if (value === 'true' || value === 'false') return value === 'true';
    throw fault(`${name} in % is "${value}"; use true or false.`);
  };
  const number = (name: string, fallback: number, min: number, max: number): number => {
    const value = parameters.get(name) ?? String(fallback);
    if (/^\d{1,9}$/.test(value) && Number(value) >= min && Number(value) <= max) return Number(value);
    throw fault(`${name} in % is "${value}"; use a whole number from ${min} to ${max}.`);
  };
  const user = parameters.get('user') ?? userInfo().username;
  const attributes = parameters.get('target_session_attrs') ?? 'read-write';
  if (!['any', 'read-write', 'primary'].includes(attributes)) {
    throw fault(`target_session_attrs in % is "${attributes}", but every connection must take writes; use read-write.`);
  }
  const schema = parameters.get('schema');
  if (schema !== undefined && (schema === '' || Buffer.byteLength(schema) > 63 || /^pg_|["\0]/.test(schema))) {
    throw fault(
      `schema in % is "${schema}"; use a name of 1 to 63 bytes, without quotes, that does not begin with pg_.`,
    );
  }
  const sslNegotiation = parameters.get('sslnegotiation') ?? 'postgres';
  if (sslNegotiation !== 'postgres' && sslNegotiation !== 'direct') {
    throw fault(`sslnegotiation in % is "${sslNegotiation}"; use postgres or direct.`);
  }
  const hosts = readHosts(parameters, fault);
  return {
    variable,
    hosts,
    user,
    password: parameters.get('password'),
    database: parameters.get('dbname') ?? user,
    schema,
    poolSize: number('connection_limit', DEFAULT_POOL_SIZE, MIN_POOL_SIZE, MAX_POOL_SIZE),
    isTransactionPooled: isOn('pgbouncer'),
    // TLS is not available on a Unix socket.
    tls: hosts.every(({ host }) => host.startsWith('/')) ? [false] : tlsCandidates(parameters, variable),
    sslNegotiation,
    channelBinding: ['prefer', 'require'].includes(parameters.get('channel_binding') ?? ''),
    options: parameters.get('options'),
    applicationName: parameters.get('application_name') ?? 'docmap-webhooks',
    // In seconds, as in libpq. 0 means no limit there; here it means the default.
    connectTimeoutMs: number('connect_timeout', CONNECT_TIMEOUT_MS / 1_000, 0, 600) * 1_000 || CONNECT_TIMEOUT_MS,
  };
}

/** Describes the database for messages, without credentials. */
export function describeTarget({ hosts, database }: ConnectionTarget): string {
  const places = hosts.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`);
  return `PostgreSQL at ${places.join(',')}/${database}`;
}

/** Reads hosts and ports. A single port applies to all hosts. */
function readHosts(parameters: ConnectionParameters, fault: (message: string) => Error): [Host, ...Host[]] {
  const names = (parameters.get('host') || 'localhost').split(',');
  const ports = (parameters.get('port') ?? '').split(',');
  if (ports.length > 1 && ports.length !== names.length) {
    throw fault(
      `% names ${names.length} hosts and ${ports.length} ports; give each host its port, or one port for all.`,
    );
  }
  const hosts = names.map((name, index) => {
    const port = ports[ports.length === 1 ? 0 : index] || String(DEFAULT_PORT);
    if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
      throw fault(`The port ${port} in % is not a number from 1 to 65535.`);
    }
    return { host: name || 'localhost', port: Number(port) };
  });
  return hosts as [Host, ...Host[]];
}

import { DatabaseStartError } from './database-start.error.js';

/** Parameters of a connection string, by the names of libpq. */
export type ConnectionParameters = ReadonlyMap<string, string>;

/** The URI after its scheme: `[user[:password]@][host][:port][,...][/dbname][?param=value&...]`. */
const URI =
  /^(?:(?<user>[^:/?]*?)(?::(?<password>[^/?]*))?@)?(?<hosts>[^/?@]*)(?:\/(?<dbname>[^?]*))?(?:\?(?<query>.*))?$/s;
const SCHEME = /^postgres(?:ql)?:\/\//;
const HOST = /^(?:\[(?<ipv6>[^\]]*)\]|(?<name>[^:]*))(?::(?<port>\d*))?$/;
/** `name = value`, or `name = 'value'`. A backslash escapes the next character. */
const KEYWORD = /\s*(?<name>\w+)\s*=\s*(?:'(?<quoted>(?:[^'\\]|\\.)*)'|(?<plain>(?:[^\s'\\]|\\.)*))(?=\s|$)/sy;

/** Environment variables of libpq. They set parameters that the connection string omits. */
const VARIABLES: Readonly<Record<string, string>> = {
  host: 'PGHOST',
  port: 'PGPORT',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  dbname: 'PGDATABASE',
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
};

/**
 * Parses a connection string in either form of libpq ("Connection Strings" in PostgreSQL's manual). A URI may name several
 * hosts or the directory of a socket. The other form is a list of `name=value` pairs.
 *
 * @param variable the name of the environment variable, for messages. They never show the text, which holds a password.
 * @throws DatabaseStartError if the text can't be parsed
 */
export function readConnectionString(
  text: string,
  variable: string,
  env: NodeJS.ProcessEnv = process.env,
): ConnectionParameters {
  const parameters = SCHEME.test(text) ? readUri(text, variable) : readPairs(text, variable);
  for (const [name, of] of Object.entries(VARIABLES)) {
    const value = env[of];
    if (value && !parameters.get(name)) parameters.set(name, value);
  }
  return parameters;
}

function readUri(text: string, variable: string): Map<string, string> {
  const groups = URI.exec(text.replace(SCHEME, ''))?.groups;
  if (!groups) throw malformed(variable, 'it is not a URI of the form postgresql://user:password@host:5432/database');
  const parameters = new Map<string, string>();
  const set = (name: string, value: string | undefined): void => {
    if (value) parameters.set(name, decode(value, variable, name));
  };
  set('user', groups.user);
  set('password', groups.password);
  set('dbname', groups.dbname);
  const hosts = (groups.hosts ?? '').split(',').map((host) => HOST.exec(host)?.groups);
  if (hosts.includes(undefined)) throw malformed(variable, 'a port is not a number');
  set('host', hosts.map((host) => host?.ipv6 ?? host?.name ?? '').join(','));
  const ports = hosts.map((host) => host?.port ?? '');
  if (ports.some(Boolean)) parameters.set('port', ports.join(','));
  for (const pair of groups.query?.split('&').filter(Boolean) ?? []) {
    const [name = '', ...value] = pair.split('=');
    parameters.set(decode(name, variable, 'a name'), decode(value.join('='), variable, name));
  }
  return parameters;
}

function readPairs(text: string, variable: string): Map<string, string> {
  const parameters = new Map<string, string>();
  KEYWORD.lastIndex = 0;
  while (text.slice(KEYWORD.lastIndex).trim() !== '') {
    const groups = KEYWORD.exec(text)?.groups;
    if (!groups) throw malformed(variable, 'it is neither a URI nor a list of name=value pairs');
    const value = groups.quoted ?? groups.plain ?? '';
    parameters.set(groups.name ?? '', value.replaceAll(/\\(.)/gs, '$1'));
  }
  return parameters;
}

function decode(text: string, variable: string, part: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw malformed(variable, `${part} holds a % that is not followed by two hexadecimal digits; write %25 for a %`);
  }
}

function malformed(variable: string, reason: string): DatabaseStartError {
  return new DatabaseStartError(`${variable} can't be read: ${reason}.`);
}

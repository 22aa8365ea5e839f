import { closestName } from '../common/closest-name.js';
import { isObject } from '../common/is-object.js';
import { AppConfig } from './app-config.js';
import { ConfigError } from './config-error.js';
import { loadConfig, type ConfigNeeds, loadMigrationConfig } from './environment.js';

/** The type of a value in {@link AppConfig}, or the text of the environment variable. */
type Option<Value> = Value extends Buffer
  ? Buffer | string
  : Value extends readonly (infer Item)[]
    ? readonly (Item extends Buffer ? Buffer | string : Item extends number ? number | string : Item)[] | string
    : Value extends number | boolean | Readonly<Record<string, number>>
      ? Value | string
      : Value;

/** Settings of a host application. `secretsKey` is required with `databaseUrl`, unless a `SecretCipher` replaces ours. */
export type ConfigOptions = {
  readonly [Name in keyof AppConfig]?: Option<AppConfig[Name]> | undefined;
} & {
  /** The PostgreSQL schema for all tables of this package, instead of `?schema=` in `databaseUrl`. */
  readonly schema?: string | undefined;
};

/** The environment variable of each option. Both have the same rules. */
const VARIABLES: Record<keyof AppConfig, string> = {
  port: 'PORT',
  host: 'HOST',
  databaseUrl: 'DATABASE_URL',
  directDatabaseUrl: 'DIRECT_DATABASE_URL',
  autoMigrate: 'MIGRATE_ON_START',
  dataDir: 'DATA_DIR',
  role: 'ROLE',
  bootstrapApiKey: 'BOOTSTRAP_API_KEY',
  bootstrapUserId: 'BOOTSTRAP_USER_ID',
  secretsKey: 'SECRETS_KEY',
  secretsKeyFallbacks: 'SECRETS_KEY_FALLBACKS',
  requireHttps: 'WEBHOOK_REQUIRE_HTTPS',
  webhookContact: 'WEBHOOK_CONTACT',
  allowedNetworks: 'WEBHOOK_ALLOWED_NETWORKS',
  deliveryProxy: 'DELIVERY_PROXY',
  deliveryTimeoutMs: 'DELIVERY_TIMEOUT_MS',
  retrySchedule: 'RETRY_SCHEDULE',
  dispatchConcurrency: 'DISPATCH_CONCURRENCY',
  dispatchConcurrencyPerWebhook: 'DISPATCH_CONCURRENCY_PER_WEBHOOK',
  dispatchConcurrencyPerHost: 'DISPATCH_CONCURRENCY_PER_HOST',
  dispatchRatePerHost: 'DISPATCH_RATE_PER_HOST',
  retentionDays: 'RETENTION_DAYS',
  retentionDaysByEvent: 'RETENTION_DAYS_BY_EVENT',
  rateLimitPerMinute: 'RATE_LIMIT_PER_MINUTE',
  publishRateLimitPerMinute: 'PUBLISH_RATE_LIMIT_PER_MINUTE',
  authFailuresPerMinute: 'AUTH_FAILURES_PER_MINUTE',
  trustProxy: 'TRUST_PROXY',
  corsOrigins: 'CORS_ORIGINS',
  requestTimeoutMs: 'REQUEST_TIMEOUT_MS',
  maxConnections: 'MAX_CONNECTIONS',
  shutdownDelayMs: 'SHUTDOWN_DELAY_MS',
  logLevel: 'LOG_LEVEL',
  logFormat: 'LOG_FORMAT',
};

const OPTION_OF = new Map(Object.entries(VARIABLES).map(([option, variable]) => [variable, option]));
const SCHEMA = /^(?!pg_)[^"\0]{1,63}$/;

/** The rest of the options of a host application, which the values depend on. */
export interface ConfigContext extends ConfigNeeds {
  /** Faults of other options, which are reported with those of the values. */
  faults?: readonly string[];
  /** Names of options that stand next to a factory of values, and not among them. */
  extras?: readonly string[];
}

/**
 * Completes the options of a host application with the defaults of the service. The rules are those of the environment
 * variables; the environment itself is not read.
 *
 * @throws ConfigError that names every fault at once, by the names of the options
 */
export function configOf(
  { schema, ...options }: ConfigOptions,
  { faults: otherFaults = [], extras = [], ...needs }: ConfigContext = {},
): AppConfig {
  const faults = [...otherFaults];
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const variable = VARIABLES[name as keyof AppConfig] as string | undefined;
    const text = textOf(value);
    if (variable === undefined) faults.push(unknownOption(name, extras));
    else if (text === undefined)
      faults.push(`${name} must be a text, a number, a boolean or a list; it is ${typeof value}`);
    else env[variable] = text;
  }
  return loaded(env, schema, faults, (variables) => loadConfig(variables, needs));
}

/** Options that locate the tables of this package. */
export type DatabaseOptions = Pick<ConfigOptions, 'databaseUrl' | 'directDatabaseUrl' | 'schema'>;

/**
 * The part of {@link configOf} that migrations need.
 *
 * @throws ConfigError as {@link configOf}
 */
export function databaseOf({ databaseUrl, directDatabaseUrl, schema }: DatabaseOptions & { databaseUrl: string }) {
  if (typeof databaseUrl !== 'string' || databaseUrl.trim() === '') {
    throw new ConfigError(['databaseUrl is required, such as postgresql://user@host/database']);
  }
  const env: Record<string, string> = { DATABASE_URL: databaseUrl };
  if (directDatabaseUrl !== undefined) env.DIRECT_DATABASE_URL = directDatabaseUrl;
  return { ...loaded(env, schema, [], loadMigrationConfig), databaseUrl: env.DATABASE_URL! };
}

/** Adds the schema to the connection strings, then validates the variables. */
function loaded<Config>(
  env: Record<string, string>,
  schema: string | undefined,
  faults: string[],
  load: (env: NodeJS.ProcessEnv) => Config,
): Config {
  if (schema !== undefined && !SCHEMA.test(schema)) {
    faults.push('schema must have 1 to 63 characters, without quotes, and must not begin with pg_');
  }
  for (const name of ['DATABASE_URL', 'DIRECT_DATABASE_URL']) {
    if (schema !== undefined && env[name]) env[name] = withSchema(env[name], schema);
  }
  try {
    const config = load(env);
    if (faults.length > 0) throw new ConfigError([]);
    return config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError([...faults, ...error.faults.map(withOptionNames)]);
  }
}

function unknownOption(name: string, extras: readonly string[]): string {
  if (extras.includes(name)) return `${name} must stand next to useFactory, since the factory gives values only`;
  const options = ['schema', ...Object.keys(VARIABLES)];
  const meant = closestName(name, options);
  return `${name} is not an option; ${meant === undefined ? `the options are ${options.join(', ')}` : `did you mean ${meant}?`}`;
}

/** Formats a value as the text of an environment variable. Undefined for an unsupported type. */
function textOf(value: unknown): string | undefined {
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => (typeof item === 'number' ? `${item}ms` : textOf(item)));
    return items.includes(undefined) ? undefined : items.join(',');
  }
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (isObject(value) && Object.values(value).every((item) => typeof item === 'number'))
    return textOf(Object.entries(value).map(([name, item]) => `${name}=${String(item)}`));
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : undefined;
}

/** Appends the schema to a connection string. In both forms, the last parameter of a name wins. */
function withSchema(url: string, schema: string): string {
  if (!/^postgres(ql)?:\/\//.test(url)) return `${url} schema='${schema.replaceAll(/['\\]/g, '\\$&')}'`;
  return `${url}${url.includes('?') ? '&' : '?'}schema=${encodeURIComponent(schema)}`;
}

function withOptionNames(fault: string): string {
  return fault.replaceAll(/[A-Z][A-Z_]+/g, (word) => OPTION_OF.get(word) ?? word);
}

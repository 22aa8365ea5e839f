import { isIP } from 'node:net';
import { plainToInstance } from 'class-transformer';
import { IsIn, Matches, validateSync } from 'class-validator';
import { API_KEY } from '../common/api-key-format.js';
import { AppConfig, LOG_FORMATS, LOG_LEVELS, ROLES, type LogFormat, type LogLevel, type Role } from './app-config.js';
import { ConfigError } from './config-error.js';
import { IsDaysByEvent, MAX_RETENTION_DAYS, parseDaysByEvent, unknownTypes } from './days-by-event.js';
import { decodeKey } from './decode-key.js';
import { parseDuration } from './duration.js';
import {
  Check,
  IsBooleanText,
  isCidr,
  IsContact,
  IsInteger,
  isOrigin,
  IsPostgresUrl,
  IsRetrySchedule,
  Optional,
} from './environment-rules.js';
import { isExampleKey } from './example-keys.js';
import { isLoopback } from './loopback.js';
import { misspeltNames } from './misspelt-names.js';
import { parseProxyAddress } from './proxy-address.js';
import { shownValue } from './shown-value.js';
import { splitList } from './split-list.js';
import { tracingFaults } from './tracing-variables.js';

/** The environment variables as text, with defaults and rules. An empty variable counts as unset. */
class Environment {
  @IsInteger(0, 65_535)
  PORT = '3000';

  @Matches(/^[\w.:-]+$/, { message: 'HOST must be a host name or an IP address' })
  HOST = '0.0.0.0';

  @Optional()
  @IsPostgresUrl()
  DATABASE_URL: string | undefined;

  @Optional()
  @IsPostgresUrl()
  DIRECT_DATABASE_URL: string | undefined;

  @IsBooleanText()
  MIGRATE_ON_START = 'true';

  DATA_DIR = './data';

  @IsIn(ROLES, { message: `ROLE must be one of ${ROLES.join(', ')}` })
  ROLE: Role = 'all';

  @Optional()
  @Matches(API_KEY, { message: 'BOOTSTRAP_API_KEY must be dm_live_ and 30 to 64 letters or digits' })
  BOOTSTRAP_API_KEY: string | undefined;

  @Matches(/^[\x21-\x7e]{1,128}$/, { message: 'BOOTSTRAP_USER_ID must be 1 to 128 visible ASCII characters' })
  BOOTSTRAP_USER_ID = 'uid_local';

  @Optional()
  @Check('must be 32 bytes, in base64 or hex', (text) => decodeKey(text) !== undefined)
  SECRETS_KEY: string | undefined;

  @Check('must be keys of 32 bytes, in base64 or hex, separated by commas', (text) =>
    splitList(text).every((key) => decodeKey(key) !== undefined),
  )
  SECRETS_KEY_FALLBACKS = '';

  @IsBooleanText()
  WEBHOOK_REQUIRE_HTTPS = 'true';

  @Optional()
  @IsContact()
  WEBHOOK_CONTACT: string | undefined;

  @Check('must be CIDRs separated by commas, such as 10.1.0.0/16,fd00::/8', (text) => splitList(text).every(isCidr))
  WEBHOOK_ALLOWED_NETWORKS = '';

  @Optional()
  @Check(
    'must be an http or https URL without a path, such as http://user:password@proxy.example.com:3128, with percent-encoded credentials',
    (text) => parseProxyAddress(text) !== undefined,
  )
  DELIVERY_PROXY: string | undefined;

  @IsInteger(100, 600_000)
  DELIVERY_TIMEOUT_MS = '10000';

  @IsRetrySchedule()
  RETRY_SCHEDULE = '0s,5s,5m,30m,2h,5h,10h,14h,20h,24h';

  @IsInteger(1, 10_000)
  DISPATCH_CONCURRENCY = '256';

  @IsInteger(1, 10_000)
  DISPATCH_CONCURRENCY_PER_WEBHOOK = '10';

  @IsInteger(1, 10_000)
  DISPATCH_CONCURRENCY_PER_HOST = '128';

  @IsInteger(0, 100_000)
  DISPATCH_RATE_PER_HOST = '1000';

  @IsInteger(1, MAX_RETENTION_DAYS)
  RETENTION_DAYS = '30';

  @IsDaysByEvent()
  RETENTION_DAYS_BY_EVENT = '';

  @IsInteger(0, 1_000_000)
  RATE_LIMIT_PER_MINUTE = '600';

  @IsInteger(0, 100_000_000)
  PUBLISH_RATE_LIMIT_PER_MINUTE = '0';

  @IsInteger(0, 1_000_000)
  AUTH_FAILURES_PER_MINUTE = '100';

  @Check('must be addresses or CIDRs separated by commas, such as 10.0.0.5,10.1.0.0/16', (text) =>
    splitList(text).every((part) => isIP(part) !== 0 || isCidr(part)),
  )
  TRUST_PROXY = '';

  @Check('must be origins separated by commas, such as https://app.example.com', (text) =>
    splitList(text).every(isOrigin),
  )
  CORS_ORIGINS = '';

  @IsInteger(1_000, 3_600_000)
  REQUEST_TIMEOUT_MS = '60000';

  @IsInteger(1, 1_000_000)
  MAX_CONNECTIONS = '10000';

  @IsInteger(0, 600_000)
  SHUTDOWN_DELAY_MS = '0';

  @IsIn(LOG_LEVELS, { message: `LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}` })
  LOG_LEVEL: LogLevel = 'info';

  @Optional()
  @IsIn(LOG_FORMATS, { message: `LOG_FORMAT must be one of ${LOG_FORMATS.join(', ')}` })
  LOG_FORMAT: LogFormat | undefined;
}

/** The names of all environment variables of the service. */
export const VARIABLE_NAMES: readonly string[] = Object.keys(new Environment());

/** How {@link loadConfig} differs for an application that replaces parts. */
export interface ConfigNeeds {
  /** False if a `SecretCipher` of the application needs no `SECRETS_KEY`. */
  secretsKey?: boolean;
  /** The event types that variables may name. Undefined: they are not checked. */
  eventTypes?: readonly string[];
}

/**
 * Reads the configuration from environment variables.
 *
 * @throws ConfigError with all errors at once
 */
export function loadConfig(env: NodeJS.ProcessEnv, { secretsKey = true, eventTypes }: ConfigNeeds = {}): AppConfig {
  const { values, faults } = readEnvironment(env);
  if (secretsKey && values.DATABASE_URL !== undefined && values.SECRETS_KEY === undefined) {
    faults.push('SECRETS_KEY is required with DATABASE_URL: make one with "openssl rand -base64 32" and keep it safe');
  }
  if (values.DATABASE_URL === undefined && values.DIRECT_DATABASE_URL !== undefined) {
    faults.push('DIRECT_DATABASE_URL needs DATABASE_URL: it is a second way to the same database');
  }
  if (values.DATABASE_URL === undefined && (values.ROLE === 'api' || values.ROLE === 'dispatcher')) {
    faults.push(`ROLE=${values.ROLE} needs DATABASE_URL: the embedded database serves one process only`);
  }
  if (isExampleKey(values.BOOTSTRAP_API_KEY ?? '') && !isLoopback(values.HOST)) {
    faults.push(
      'BOOTSTRAP_API_KEY is the example key of the documents, which is public: make one with ' +
        '"echo dm_live_$(openssl rand -hex 32)", or set HOST=127.0.0.1 to try the service on this machine alone',
    );
  }
  faults.push(...unknownTypes(values.RETENTION_DAYS_BY_EVENT, eventTypes));
  faults.push(...tracingFaults(env));
  if (faults.length > 0) throw new ConfigError([...faults, ...misspeltNames(env, VARIABLE_NAMES)]);

  return new AppConfig({
    port: Number(values.PORT),
    host: values.HOST,
    databaseUrl: values.DATABASE_URL,
    directDatabaseUrl: values.DIRECT_DATABASE_URL,
    autoMigrate: values.MIGRATE_ON_START === 'true',
    dataDir: values.DATA_DIR,
    role: values.ROLE,
    bootstrapApiKey: values.BOOTSTRAP_API_KEY,
    bootstrapUserId: values.BOOTSTRAP_USER_ID,
    secretsKey: values.SECRETS_KEY === undefined ? undefined : decodeKey(values.SECRETS_KEY),
    webhookContact: values.WEBHOOK_CONTACT,
    secretsKeyFallbacks: Object.freeze(splitList(values.SECRETS_KEY_FALLBACKS).flatMap((key) => decodeKey(key) ?? [])),
    requireHttps: values.WEBHOOK_REQUIRE_HTTPS === 'true',
    allowedNetworks: Object.freeze(splitList(values.WEBHOOK_ALLOWED_NETWORKS)),
    deliveryProxy: values.DELIVERY_PROXY,
    deliveryTimeoutMs: Number(values.DELIVERY_TIMEOUT_MS),
    retrySchedule: Object.freeze(splitList(values.RETRY_SCHEDULE).map((text) => parseDuration(text) ?? 0)),
    dispatchConcurrency: Number(values.DISPATCH_CONCURRENCY),
    dispatchConcurrencyPerWebhook: Number(values.DISPATCH_CONCURRENCY_PER_WEBHOOK),
    dispatchConcurrencyPerHost: Number(values.DISPATCH_CONCURRENCY_PER_HOST),
    dispatchRatePerHost: Number(values.DISPATCH_RATE_PER_HOST),
    retentionDays: Number(values.RETENTION_DAYS),
    retentionDaysByEvent: Object.freeze(parseDaysByEvent(values.RETENTION_DAYS_BY_EVENT) ?? {}),
    rateLimitPerMinute: Number(values.RATE_LIMIT_PER_MINUTE),
    publishRateLimitPerMinute: Number(values.PUBLISH_RATE_LIMIT_PER_MINUTE),
    authFailuresPerMinute: Number(values.AUTH_FAILURES_PER_MINUTE),
    trustProxy: Object.freeze(splitList(values.TRUST_PROXY)),
    corsOrigins: Object.freeze(splitList(values.CORS_ORIGINS)),
    requestTimeoutMs: Number(values.REQUEST_TIMEOUT_MS),
    maxConnections: Number(values.MAX_CONNECTIONS),
    shutdownDelayMs: Number(values.SHUTDOWN_DELAY_MS),
    logLevel: values.LOG_LEVEL,
    logFormat: values.LOG_FORMAT,
  });
}

/** The part of the configuration that migrations need. It contains no key. */
export type MigrationConfig = Pick<AppConfig, 'databaseUrl' | 'directDatabaseUrl' | 'dataDir'>;

/**
 * Reads only the variables that migrations need. All others may be missing or invalid.
 *
 * @throws ConfigError as {@link loadConfig}
 */
export function loadMigrationConfig(env: NodeJS.ProcessEnv): MigrationConfig {
  const { values, faults } = readEnvironment({
    DATABASE_URL: env.DATABASE_URL,
    DIRECT_DATABASE_URL: env.DIRECT_DATABASE_URL,
    DATA_DIR: env.DATA_DIR,
  });
  if (faults.length > 0) throw new ConfigError(faults);
  return { databaseUrl: values.DATABASE_URL, directDatabaseUrl: values.DIRECT_DATABASE_URL, dataDir: values.DATA_DIR };
}

/** Reads the variables and their defaults. `faults` has one line per invalid value. */
function readEnvironment(env: NodeJS.ProcessEnv): { values: Environment; faults: string[] } {
  const set = Object.fromEntries(
    VARIABLE_NAMES.flatMap((name) => (env[name]?.trim() ? [[name, env[name].trim()]] : [])),
  );
  const values = plainToInstance(Environment, set, { exposeDefaultValues: true });
  const faults = validateSync(values).map(({ property, value, constraints }) => {
    return `${Object.values(constraints ?? {})[0]}${shownValue(property, String(value))}`;
  });
  return { values, faults };
}

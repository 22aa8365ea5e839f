/** What a process does: both, only answer the API, or only send. */
export const ROLES = ['all', 'api', 'dispatcher'] as const;
export type Role = (typeof ROLES)[number];

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const LOG_FORMATS = ['json', 'pretty'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** The configuration of one process, validated and frozen. Every module reads it; nothing else reads the environment. */
export class AppConfig {
  readonly port: number;
  readonly host: string;
  /** A PostgreSQL connection string; undefined means the embedded database in `dataDir`. */
  readonly databaseUrl: string | undefined;
  /** Where migrations and notifications go instead, because they need a session of their own. */
  readonly directDatabaseUrl: string | undefined;
  /** Whether the start applies missing migrations; otherwise it fails when there are any. */
  readonly autoMigrate: boolean;
  readonly dataDir: string;
  readonly role: Role;
  /** A key that exists after every start, for the user `bootstrapUserId`. */
  readonly bootstrapApiKey: string | undefined;
  readonly bootstrapUserId: string;
  /** 32 bytes that encrypt signing secrets; undefined means the key kept in `dataDir`. */
  readonly secretsKey: Buffer | undefined;
  /** Further keys of 32 bytes that are only read with, while signing secrets move from one key to the next. */
  readonly secretsKeyFallbacks: readonly Buffer[];
  readonly requireHttps: boolean;
  /** Whom a receiver can turn to: a URL or an e-mail address, shown in the user agent. */
  readonly webhookContact: string | undefined;
  /** CIDRs that webhooks may reach although they are private. */
  readonly allowedNetworks: readonly string[];
  /** Milliseconds that one attempt may take: DNS, connect, TLS, headers and body together. */
  readonly deliveryTimeoutMs: number;
  /** Milliseconds before each attempt, counted from the one before; its length is the number of attempts. */
  readonly retrySchedule: readonly number[];
  /** Attempts in flight at most, in this process. */
  readonly dispatchConcurrency: number;
  readonly dispatchConcurrencyPerWebhook: number;
  /** Attempts in flight at most to one host, over all webhooks and users, in this process. */
  readonly dispatchConcurrencyPerHost: number;
  /** Attempts a second to one host, over all webhooks and users, in this process; 0 switches the limit off. */
  readonly dispatchRatePerHost: number;
  readonly retentionDays: number;
  /** Requests per minute and user; 0 switches the limit off. */
  readonly rateLimitPerMinute: number;
  readonly publishRateLimitPerMinute: number;
  /** Requests without a valid key that an address may make in a minute; 0 switches the limit off. */
  readonly authFailuresPerMinute: number;
  /** Addresses and CIDRs of proxies whose `X-Forwarded-For` is believed; empty: nobody's. */
  readonly trustProxy: readonly string[];
  /** Origins whose pages may call the API from a browser; empty: none. */
  readonly corsOrigins: readonly string[];
  /** Milliseconds that a client may take to send a request. */
  readonly requestTimeoutMs: number;
  /** Connections of clients at most; more are closed as they come. */
  readonly maxConnections: number;
  /** How long a stopping process goes on serving after it reports not ready. */
  readonly shutdownDelayMs: number;
  readonly logLevel: LogLevel;
  /** Undefined: lines for people when standard output is a terminal, JSON everywhere else. */
  readonly logFormat: LogFormat | undefined;

  constructor(values: AppConfig) {
    Object.assign(this, values);
    Object.freeze(this);
  }
}

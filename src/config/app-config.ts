/** Roles of a process: answer the API and send deliveries (`all`), or only one of both. */
export const ROLES = ['all', 'api', 'dispatcher'] as const;
export type Role = (typeof ROLES)[number];

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const LOG_FORMATS = ['json', 'pretty'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** The configuration of one process, validated and frozen. No other code reads the environment. */
export class AppConfig {
  readonly port: number;
  readonly host: string;
  /** PostgreSQL connection string. Undefined: the embedded database in `dataDir`. */
  readonly databaseUrl: string | undefined;
  /** Connection string for migrations and notifications if `databaseUrl` is a pooler: both need a session of their own. */
  readonly directDatabaseUrl: string | undefined;
  /** Whether the start applies missing migrations. If false, the start fails when migrations are missing. */
  readonly autoMigrate: boolean;
  readonly dataDir: string;
  readonly role: Role;
  /** An API key with all scopes that exists after every start. It belongs to `bootstrapUserId`. */
  readonly bootstrapApiKey: string | undefined;
  readonly bootstrapUserId: string;
  /** 32 bytes that encrypt signing secrets. Undefined: the key in `dataDir`. */
  readonly secretsKey: Buffer | undefined;
  /** Keys of 32 bytes that only decrypt, while signing secrets are re-encrypted under a new `secretsKey`. */
  readonly secretsKeyFallbacks: readonly Buffer[];
  readonly requireHttps: boolean;
  /** Contact for operators of receivers: a URL or an e-mail address, sent in `user-agent`. */
  readonly webhookContact: string | undefined;
  /** CIDRs that webhooks may reach although the target policy blocks them. */
  readonly allowedNetworks: readonly string[];
  /** URL of the HTTP proxy for all connections to webhooks, with its credentials. Undefined: they are direct. */
  readonly deliveryProxy: string | undefined;
  /** Deadline of one attempt in milliseconds: DNS, connect, TLS, headers and body together. */
  readonly deliveryTimeoutMs: number;
  /** Delay before each attempt in milliseconds, after the one before. Its length is the maximum number of attempts. */
  readonly retrySchedule: readonly number[];
  /** Maximum attempts in flight in this process. */
  readonly dispatchConcurrency: number;
  readonly dispatchConcurrencyPerWebhook: number;
  /** Maximum attempts in flight to one host in this process, for all webhooks and users together. */
  readonly dispatchConcurrencyPerHost: number;
  /** Maximum attempts per second to one host in this process, for all webhooks and users together. 0: no limit. */
  readonly dispatchRatePerHost: number;
  readonly retentionDays: number;
  /** Retention in days of some event types, instead of `retentionDays`. */
  readonly retentionDaysByEvent: Readonly<Record<string, number>>;
  /** Requests per minute and user. 0: no limit. */
  readonly rateLimitPerMinute: number;
  readonly publishRateLimitPerMinute: number;
  /** Requests per minute and client address without a valid key. 0: no limit. */
  readonly authFailuresPerMinute: number;
  /** Addresses and CIDRs of proxies. `X-Forwarded-For` is trusted only from these. */
  readonly trustProxy: readonly string[];
  /** Origins whose pages may call the API from a browser. Empty: none. */
  readonly corsOrigins: readonly string[];
  /** Time for a client to send a complete request, in milliseconds. */
  readonly requestTimeoutMs: number;
  /** Maximum connections of clients. Further connections are closed immediately. */
  readonly maxConnections: number;
  /** How long a stopping process keeps serving after it reports not ready, in milliseconds. */
  readonly shutdownDelayMs: number;
  readonly logLevel: LogLevel;
  /** Undefined: readable lines if standard output is a terminal, otherwise JSON. */
  readonly logFormat: LogFormat | undefined;

  constructor(values: AppConfig) {
    Object.assign(this, values);
    Object.freeze(this);
  }
}

import type { ClientConfig } from 'pg';
import type { ConnectionTarget, Host } from './connection-target.js';
import type { Tls } from './connection-tls.js';
import { CONNECT_TIMEOUT_MS, KEEP_ALIVE_DELAY_MS } from './deadlines.js';
import type { SessionSettings } from './session-settings.js';

/** The configuration of a connection. */
export interface ConnectionConfig extends ClientConfig {
  /** At least one host. With several, the one that accepts writes is used. */
  hosts: readonly [Host, ...Host[]];
  connectionTimeoutMillis: number;
  /** Settings for each transaction through a transaction pooler. Undefined if the session belongs to this process. */
  localSettings?: SessionSettings | undefined;
}

export function connectionConfig(target: ConnectionTarget, tls: Tls): ConnectionConfig {
  const [{ host, port }] = target.hosts;
  return {
    hosts: target.hosts,
    host,
    port,
    user: target.user,
    password: target.password,
    database: target.database,
    ssl: tls,
    ...(tls && { sslnegotiation: target.sslNegotiation }),
    enableChannelBinding: target.channelBinding,
    options: target.options,
    application_name: target.applicationName,
    connectionTimeoutMillis: target.connectTimeoutMs,
    keepAlive: true,
  };
}

/** Shortens the connection timeout for requests and jobs, which wait for it. Connections of the start have more time. */
export function forWork(config: ConnectionConfig): ConnectionConfig {
  return {
    ...config,
    connectionTimeoutMillis: Math.min(CONNECT_TIMEOUT_MS, config.connectionTimeoutMillis),
    keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY_MS,
  };
}

import type { ClientConfig } from 'pg';
import type { ConnectionTarget, Host } from './connection-target.js';
import type { Tls } from './connection-tls.js';
import { CONNECT_TIMEOUT_MS, KEEP_ALIVE_DELAY_MS } from './deadlines.js';
import type { SessionSettings } from './session-settings.js';

/** How a client connects. */
export interface ConnectionConfig extends ClientConfig {
  /** Of several, the one is used that takes writes. */
  hosts: readonly [Host, ...Host[]];
  connectionTimeoutMillis: number;
  /** Set for each transaction, because a pooler gives each another session; undefined for sessions of our own. */
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

/** For connections that work waits for: those of the start have more time. */
export function forWork(config: ConnectionConfig): ConnectionConfig {
  return {
    ...config,
    connectionTimeoutMillis: Math.min(CONNECT_TIMEOUT_MS, config.connectionTimeoutMillis),
    keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY_MS,
  };
}

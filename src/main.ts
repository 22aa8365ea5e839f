import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { APP_OPTIONS, configureApp, createAdapter } from './app.setup.js';
import type { AppConfig } from './config/app-config.js';
import { ConfigError } from './config/config-error.js';
import { loadEnvFile } from './config/env-file.js';
import { configWarnings } from './config/config-warnings.js';
import { loadConfig } from './config/environment.js';
import { EventTypes } from './webhooks/event-types.js';
import { tracingProtocol } from './config/tracing-variables.js';
import { Database } from './database/database.js';
import { DatabaseStartError } from './database/database-start.error.js';
import { AddressError, addressError, EarlyListener } from './http/early-listener.js';
import { ServiceLogger } from './logging/service-logger.js';
import type { TracingSdk } from './tracing-sdk.js';

const STOP_SIGNALS = ['SIGTERM', 'SIGINT'];
/** Time limit for a shutdown, in milliseconds, in addition to SHUTDOWN_DELAY_MS and the deadline of attempts. */
const STOP_MARGIN_MS = 10_000;

async function start(): Promise<void> {
  loadEnvFile();
  const config = loadConfig(process.env, { eventTypes: new EventTypes().logged });
  const logger = new ServiceLogger(config);
  for (const warning of configWarnings(process.env)) logger.warn(warning);
  // Before the database: a start that fails because of its address leaves nothing behind.
  const early = await EarlyListener.open(config);
  announceSilence(config, logger);
  const tracing = await registerTracing(logger);
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.register(config, tracing),
    createAdapter(config),
    {
      ...APP_OPTIONS,
      // Errors of the start are explained below. Buffered log lines would hide the reason among module names and a stack.
      autoFlushLogs: false,
    },
  );
  app.useLogger(logger);
  app.flushLogs();
  configureApp(app, config);
  app.enableShutdownHooks(STOP_SIGNALS, { useProcessExit: true });
  for (const signal of STOP_SIGNALS) process.once(signal, () => limitStop(config, logger));
  await app.init();
  await early.close();
  await app.listen(config.port, config.host).catch(async (error: unknown) => {
    // The dispatcher already runs. Without a shutdown, attempts in flight would be sent again after every failed start.
    limitStop(config, logger);
    await app.close().catch(() => undefined);
    throw addressError(error, config.host, config.port);
  });
  logger.log(`Ready at ${await app.getUrl()} with ${app.get(Database).description}; role ${config.role}`);
}

/** Loads the OpenTelemetry SDK if its variables are set. Otherwise a process does without its time and memory. */
async function registerTracing(logger: ServiceLogger): Promise<TracingSdk | undefined> {
  const protocol = tracingProtocol(process.env);
  if (protocol === undefined) return undefined;
  const { TracingSdk } = await import('./tracing-sdk.js');
  return TracingSdk.register(protocol, (message) => logger.warn(message, 'Tracing'));
}

/** Announces the first start with the embedded database, which takes seconds without output. */
function announceSilence({ databaseUrl, dataDir }: AppConfig, logger: ServiceLogger): void {
  if (databaseUrl !== undefined || existsSync(join(dataDir, 'postgres'))) return;
  logger.log(`Creating the embedded database in ${dataDir}`);
}

/** Limits the shutdown, which an unreachable database could block. Unrecorded attempts are repeated after their lease. */
function limitStop({ deliveryTimeoutMs, shutdownDelayMs }: AppConfig, logger: ServiceLogger): void {
  const end = (): void => {
    logger.error('The shutdown took too long and was aborted. Attempts in flight may be sent again.');
    process.exit(1);
  };
  setTimeout(end, shutdownDelayMs + deliveryTimeoutMs + STOP_MARGIN_MS).unref();
}

start().catch((error: unknown) => {
  const explained =
    error instanceof ConfigError || error instanceof DatabaseStartError || error instanceof AddressError;
  const { message, stack } = error as Error;
  process.stderr.write(`${explained ? message : (stack ?? String(error))}\n`);
  process.exit(1);
});

import { existsSync } from 'node:fs';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger } from 'nestjs-pino';
import { AppModule } from './app.module.js';
import { APP_OPTIONS, configureApp, createAdapter } from './app.setup.js';
import { ConfigError, loadConfig } from './config/environment.js';
import { Database } from './database/database.js';
import { DatabaseStartError } from './database/database-start.error.js';

async function start(): Promise<void> {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const config = loadConfig(process.env);
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.register(config),
    createAdapter(),
    APP_OPTIONS,
  );
  const logger = app.get(Logger);
  app.useLogger(logger);
  configureApp(app, config);
  app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });
  await app.listen(config.port, config.host);
  logger.log(`Ready at ${await app.getUrl()} with ${app.get(Database).description}; role ${config.role}`);
}

start().catch((error: NodeJS.ErrnoException) => {
  const explained = error instanceof ConfigError || error instanceof DatabaseStartError || error.code === 'EADDRINUSE';
  process.stderr.write(`${explained ? error.message : (error.stack ?? String(error))}\n`);
  process.exit(1);
});

import {
  Module,
  type DynamicModule,
  type INestApplicationContext,
  type LoggerService,
  type LogLevel,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { AppConfig } from './config/app-config.js';
import { ConfigModule } from './config/config.module.js';
import { DatabaseModule } from './database/database.module.js';
import { RuntimeModule } from './runtime/runtime.module.js';
import { defaultSecretCipher } from './webhooks/default-secret-cipher.js';
import { SecretCipher } from './webhooks/secret-cipher.js';
import { FixedWebhookLimit, WebhookLimit } from './webhooks/webhook-limit.js';
import { WebhooksModule } from './webhooks/webhooks.module.js';

/** The modules of commands that read and write the database. The process serves no requests and sends nothing. */
@Module({})
class CommandModule {
  static register(config: AppConfig): DynamicModule {
    return {
      module: CommandModule,
      global: true,
      imports: [ConfigModule.register(config), RuntimeModule, DatabaseModule, WebhooksModule],
      providers: [defaultSecretCipher, { provide: WebhookLimit, useClass: FixedWebhookLimit }],
      exports: [SecretCipher, WebhookLimit],
    };
  }
}

/** Opens the database and the services of a command, and closes them after its work. */
export function withServices<Result>(
  config: AppConfig,
  work: (app: INestApplicationContext) => Promise<Result>,
): Promise<Result> {
  return withModule(CommandModule.register(config), ['warn', 'error'], work);
}

/** Opens the module of a command, and closes it after its work. */
export async function withModule<Result>(
  module: DynamicModule,
  logger: LoggerService | LogLevel[],
  work: (app: INestApplicationContext) => Promise<Result>,
): Promise<Result> {
  const app = await NestFactory.createApplicationContext(module, {
    // The command prints errors of the start itself. The log of Nest would repeat them with a stack.
    bufferLogs: true,
    autoFlushLogs: false,
    abortOnError: false,
  });
  app.useLogger(logger);
  app.flushLogs();
  try {
    return await work(app);
  } finally {
    await app.close();
  }
}

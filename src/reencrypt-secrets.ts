import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { AppConfig } from './config/app-config.js';
import { ConfigModule } from './config/config.module.js';
import { ConfigError, loadConfig } from './config/environment.js';
import { DatabaseModule } from './database/database.module.js';
import { DatabaseStartError } from './database/database-start.error.js';
import { RuntimeModule } from './runtime/runtime.module.js';
import { defaultSecretCipher } from './webhooks/default-secret-cipher.js';
import { SecretCipher } from './webhooks/secret-cipher.js';
import { SecretsReencryption, type ReencryptionReport } from './webhooks/secrets-reencryption.js';
import { FixedWebhookLimit, WebhookLimit } from './webhooks/webhook-limit.js';
import { WebhooksModule } from './webhooks/webhooks.module.js';

/** The modules that read and write secrets. The process serves no requests and sends nothing. */
@Module({})
class ReencryptionModule {
  static register(config: AppConfig): DynamicModule {
    return {
      module: ReencryptionModule,
      global: true,
      imports: [ConfigModule.register(config), RuntimeModule, DatabaseModule, WebhooksModule],
      providers: [defaultSecretCipher, { provide: WebhookLimit, useClass: FixedWebhookLimit }],
      exports: [SecretCipher, WebhookLimit],
    };
  }
}

const OPTIONS = { 'accept-unreadable': { type: 'boolean', default: false } } as const;

/** Encrypts all signing secrets under SECRETS_KEY: see "Changing SECRETS_KEY" in docs/operating.md. */
async function reencrypt(): Promise<ReencryptionReport> {
  const { values } = parseArgs({ options: OPTIONS });
  if (existsSync('.env')) process.loadEnvFile('.env');
  const app = await NestFactory.createApplicationContext(ReencryptionModule.register(loadConfig(process.env)), {
    logger: ['warn', 'error'],
    abortOnError: false,
  });
  try {
    return await app.get(SecretsReencryption).run(values['accept-unreadable']);
  } finally {
    await app.close();
  }
}

try {
  const { reencrypted, alreadyCurrent, unreadable } = await reencrypt();
  process.stdout.write(
    `re-encrypted ${reencrypted}, already under the new key ${alreadyCurrent}, unreadable ${unreadable.length}\n`,
  );
  if (unreadable.length > 0) {
    process.stderr.write(`None of the given keys can decrypt these secrets:\n${unreadable.join('\n')}\n`);
    process.exitCode = 1;
  }
} catch (error) {
  const explained = error instanceof ConfigError || error instanceof DatabaseStartError || isUsageError(error);
  const { message, stack } = error as Error;
  process.stderr.write(`${explained ? message : (stack ?? message)}\n`);
  process.exitCode = 1;
}

function isUsageError(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS') === true;
}

import type { ConfigService } from '@nestjs/config';
import type { ModuleOptions } from 'docmap-webhooks';

export function webhookOptions(config: ConfigService): ModuleOptions {
  return {
    databaseUrl: config.getOrThrow<string>('DATABASE_URL'),
    schema: 'docmap',
    autoMigrate: false,
    requireHttps: config.get<string>('WEBHOOK_REQUIRE_HTTPS'),
    allowedNetworks: config.get<string>('WEBHOOK_ALLOWED_NETWORKS'),
  };
}

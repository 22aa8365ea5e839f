import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { ApiKeysService } from './api-keys.service.js';
import { Authenticator } from './authenticator.js';
import { SCOPES } from './caller.js';
import { checkFirstKeyFile, handOver } from './first-api-key.js';
import { generateKey, newKey } from './new-key.js';

/** Creates the first API key of an installation. */
@Injectable()
export class BootstrapKey implements OnApplicationBootstrap {
  constructor(
    private readonly repository: ApiKeysRepository,
    private readonly keys: ApiKeysService,
    private readonly authenticator: Authenticator,
    private readonly config: AppConfig,
  ) {}

  /**
   * Creates the configured key, or a first key if the database has none. There is no first key in a process that only
   * dispatches, or in an application with its own authenticator.
   */
  async onApplicationBootstrap(): Promise<void> {
    const { bootstrapApiKey, bootstrapUserId, role } = this.config;
    if (bootstrapApiKey === undefined && this.authenticator !== this.keys) return;
    await checkFirstKeyFile(this.config);
    if (bootstrapApiKey !== undefined) {
      await this.repository.ensure(bootstrapKey(bootstrapApiKey, bootstrapUserId));
    } else if (role !== 'dispatcher') {
      const key = generateKey();
      await this.repository.createFirst(bootstrapKey(key, bootstrapUserId), () => handOver(key, this.config));
    }
  }
}

function bootstrapKey(key: string, userId: string) {
  return newKey({ key, userId, name: 'Bootstrap key', scopes: SCOPES, expiresAt: null });
}

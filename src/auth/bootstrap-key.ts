import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { ConfigError } from '../config/config-error.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { ApiKeysService } from './api-keys.service.js';
import { Authenticator } from './authenticator.js';
import { SCOPES } from './caller.js';
import { checkFirstKeyFile, handOver } from './first-api-key.js';
import { generateKey, hexHashOf, newKey } from './new-key.js';

/** Creates the first API key of an installation, or the one of `BOOTSTRAP_API_KEY`. */
@Injectable()
export class BootstrapKey implements OnApplicationBootstrap, OnModuleInit {
  private readonly logger = new Logger(BootstrapKey.name);

  constructor(
    private readonly repository: ApiKeysRepository,
    private readonly keys: ApiKeysService,
    private readonly authenticator: Authenticator,
    private readonly config: AppConfig,
  ) {}

  /**
   * Refuses a configured key that belongs to another user. It runs before anything is sent or stored.
   *
   * @throws ConfigError
   */
  async onModuleInit(): Promise<void> {
    const { bootstrapApiKey } = this.config;
    if (bootstrapApiKey === undefined) return;
    const found = await this.repository.findByHash(hexHashOf(bootstrapApiKey));
    if (found !== null) this.checkOwner(found.userId);
  }

  /**
   * Creates the configured key, or a first key if the database has none. There is no first key in a process that only
   * dispatches, or in an application with its own authenticator. A configured key that was revoked stays revoked.
   */
  async onApplicationBootstrap(): Promise<void> {
    const { bootstrapApiKey, bootstrapUserId, role } = this.config;
    if (bootstrapApiKey === undefined && this.authenticator !== this.keys) return;
    await checkFirstKeyFile(this.config);
    if (bootstrapApiKey !== undefined) {
      const { userId, revokedAt } = await this.repository.ensureBootstrap(
        bootstrapKey(bootstrapApiKey, bootstrapUserId),
      );
      this.checkOwner(userId);
      if (revokedAt !== null) this.warnRevoked(revokedAt);
    } else if (role !== 'dispatcher') {
      const key = generateKey();
      await this.repository.createFirst(bootstrapKey(key, bootstrapUserId), () => handOver(key, this.config));
    }
  }

  private checkOwner(userId: string): void {
    const { bootstrapUserId } = this.config;
    if (userId === bootstrapUserId) return;
    throw new ConfigError([
      `BOOTSTRAP_API_KEY belongs to ${userId}, and BOOTSTRAP_USER_ID is ${bootstrapUserId}. A key never changes its ` +
        `owner: set another key, or BOOTSTRAP_USER_ID to ${userId}`,
    ]);
  }

  private warnRevoked(revokedAt: Date): void {
    this.logger.warn(
      `BOOTSTRAP_API_KEY was revoked at ${revokedAt.toISOString()} and stays revoked: set another key, or remove the ` +
        'variable.',
    );
  }
}

function bootstrapKey(key: string, userId: string) {
  return newKey({ key, userId, name: 'Bootstrap key', scopes: SCOPES, expiresAt: null });
}

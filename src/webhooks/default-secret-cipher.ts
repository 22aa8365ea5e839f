import type { FactoryProvider } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { Database } from '../database/database.js';
import { AesSecretCipher } from './aes-secret-cipher.js';
import { SecretCipher } from './secret-cipher.js';
import { loadSecretsKey } from './secrets-key.js';

/** AES-256-GCM under the configured key. It depends on the database: no key is generated if the database can't be used. */
export const defaultSecretCipher: FactoryProvider<SecretCipher> = {
  provide: SecretCipher,
  inject: [AppConfig, Database],
  useFactory: async (config: AppConfig) =>
    new AesSecretCipher(await loadSecretsKey(config), config.secretsKeyFallbacks),
};

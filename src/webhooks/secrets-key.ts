import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { decodeKey } from '../config/decode-key.js';
import { ConfigError } from '../config/config-error.js';
import type { AppConfig } from '../config/app-config.js';
import { readPrivateFile, writePrivateFile } from '../config/private-files.js';

/**
 * The key that encrypts signing secrets: `SECRETS_KEY`, or else the key in the data directory. The first start generates that
 * key. A key that a platform mounts as a file of another user (a Kubernetes secret) belongs in `SECRETS_KEY`.
 *
 * @throws ConfigError if the file can't be read, has no key, or is accessible to other users. The file is never replaced,
 *   because every stored secret would become unreadable
 */
export async function loadSecretsKey({
  secretsKey,
  dataDir,
}: Pick<AppConfig, 'secretsKey' | 'dataDir'>): Promise<Buffer> {
  if (secretsKey) return secretsKey;
  const path = join(dataDir, 'secrets.key');
  const text = await readOrGenerate(path, dataDir).catch((error: Error) => {
    throw error instanceof ConfigError ? error : new ConfigError([`${path} can't be read: ${error.message}`]);
  });
  const key = decodeKey(text.trim());
  if (!key) throw new ConfigError([`${path} holds no key of 32 bytes in base64 or hex. Restore it from a backup.`]);
  return key;
}

async function readOrGenerate(path: string, dataDir: string): Promise<string> {
  const instead = 'give the key in SECRETS_KEY and remove the file';
  try {
    return await readPrivateFile(path, instead);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  await generate(path, dataDir).catch((error: Error) => {
    throw new ConfigError([`${path} can't be made: ${error.message}. Give the key in SECRETS_KEY instead`]);
  });
  return readPrivateFile(path, instead);
}

async function generate(path: string, dataDir: string): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  // The file is complete and on disk before the key encrypts anything: a crash must not leave an empty file.
  if (await writePrivateFile(path, `${randomBytes(32).toString('base64')}\n`, false)) {
    new Logger('SecretsKey').log(`Made the key that encrypts signing secrets: ${path}. Back it up with the data.`);
  }
}

import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { decodeKey } from '../config/environment.js';
import type { AppConfig } from '../config/app-config.js';

/**
 * The key that encrypts signing secrets: the configured one, else the one in the data directory, made at the first start.
 *
 * @throws Error when the file holds no key; it is never replaced, since every stored secret would be lost with it
 */
export async function loadSecretsKey({ secretsKey, dataDir }: AppConfig): Promise<Buffer> {
  if (secretsKey) return secretsKey;
  const path = join(dataDir, 'secrets.key');
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const made = randomBytes(32).toString('base64');
  try {
    await writeFile(path, `${made}\n`, { mode: 0o600, flag: 'wx' });
    new Logger('SecretsKey').log(`Made the key that encrypts signing secrets: ${path}. Back it up with the data.`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const key = decodeKey((await readFile(path, 'utf8')).trim());
  if (!key) throw new Error(`${path} holds no key of 32 bytes in base64 or hex. Restore it from a backup.`);
  return key;
}

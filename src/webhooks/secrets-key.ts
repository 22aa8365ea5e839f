import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { ConfigError, decodeKey } from '../config/environment.js';
import type { AppConfig } from '../config/app-config.js';

/**
 * The key that encrypts signing secrets: the configured one, else the one in the data directory, made at the first start.
 *
 * @throws ConfigError when the file can't be read or holds no key; it is never replaced, since every stored secret would be lost with it
 */
export async function loadSecretsKey({
  secretsKey,
  dataDir,
}: Pick<AppConfig, 'secretsKey' | 'dataDir'>): Promise<Buffer> {
  if (secretsKey) return secretsKey;
  const path = join(dataDir, 'secrets.key');
  const text = await readOrMake(path, dataDir).catch((error: Error) => {
    throw new ConfigError([`${path} can't be read: ${error.message}`]);
  });
  const key = decodeKey(text.trim());
  if (!key) throw new ConfigError([`${path} holds no key of 32 bytes in base64 or hex. Restore it from a backup.`]);
  return key;
}

async function readOrMake(path: string, dataDir: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  if (await make(path)) {
    new Logger('SecretsKey').log(`Made the key that encrypts signing secrets: ${path}. Back it up with the data.`);
  }
  return readFile(path, 'utf8');
}

/**
 * Makes the file whole and on disk before anything is encrypted with it: a crash must not leave an empty one.
 *
 * @returns false where the file exists
 */
async function make(path: string): Promise<boolean> {
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeFile(draft, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx', flush: true });
    await link(draft, path);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

function hasCode(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException).code === code;
}

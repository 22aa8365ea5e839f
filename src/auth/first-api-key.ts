import { join, resolve } from 'node:path';
import { Logger } from '@nestjs/common';
import type { AppConfig } from '../config/app-config.js';
import { ConfigError } from '../config/config-error.js';
import { prepareDataDir, readPrivateFile, writePrivateFile } from '../config/private-files.js';

const FILE_NAME = 'first-api-key';

/**
 * Gives the first API key to the operator. A terminal shows it. Any other output is a log, which is stored and copied, so
 * the key goes to a file instead and the log names the file. An earlier file is replaced.
 *
 * @throws ConfigError if the file can't be written
 */
export async function handOver(
  key: string,
  { bootstrapUserId, dataDir }: Pick<AppConfig, 'bootstrapUserId' | 'dataDir'>,
): Promise<void> {
  if (process.stdout.isTTY) {
    process.stdout.write(
      `\nNo API key exists yet. This one is for ${bootstrapUserId}, shown only now:\n\n  ${key}\n\n`,
    );
    return;
  }
  const path = join(resolve(dataDir), FILE_NAME);
  await prepareDataDir(dataDir);
  await writePrivateFile(path, `${key}\n`, true).catch((error: Error) => {
    throw new ConfigError([
      `The first API key can't be written to ${path}: ${error.message}. Set BOOTSTRAP_API_KEY, or DATA_DIR to a ` +
        'directory that this process can write',
    ]);
  });
  new Logger('FirstApiKey').warn(
    `No API key existed. One for ${bootstrapUserId}, with all scopes, is in ${path}. Keep it in a safe place and delete the file.`,
  );
}

/** @throws ConfigError if other users can read the file with the first key and its mode can't be changed */
export async function checkFirstKeyFile({ dataDir }: Pick<AppConfig, 'dataDir'>): Promise<void> {
  await readPrivateFile(join(resolve(dataDir), FILE_NAME), 'delete the file').catch((error: Error) => {
    // Any other error means that the file does not exist or that this process can't open it.
    if (error instanceof ConfigError) throw error;
  });
}

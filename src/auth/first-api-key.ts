import { join, resolve } from 'node:path';
import { Logger } from '@nestjs/common';
import type { AppConfig } from '../config/app-config.js';
import { ConfigError } from '../config/environment.js';
import { prepareDataDir, readPrivateFile, writePrivateFile } from '../config/private-files.js';

const FILE_NAME = 'first-api-key';

/**
 * Hands the first API key to the operator: on a terminal it is shown; otherwise the output is a log, which is kept and
 * shipped, so the key goes into a file that the log names. A file of an earlier first key is replaced.
 *
 * @throws ConfigError when the file can't be written
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

/** @throws ConfigError when other users can read the file of the first key, unless its mode can be tightened */
export async function checkFirstKeyFile({ dataDir }: Pick<AppConfig, 'dataDir'>): Promise<void> {
  await readPrivateFile(join(resolve(dataDir), FILE_NAME), 'delete the file').catch((error: Error) => {
    // Any other error: there is no such file, or none that this process can open.
    if (error instanceof ConfigError) throw error;
  });
}

import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from '../translations/phrase.js';
import { CliUsageError } from './cli-error.js';
import type { Surroundings } from './terminal.js';

/** The content of the configuration file. */
export interface StoredSettings {
  /** The address of the server that was chosen last. */
  url?: string;
  /** The API key of each server: a key is never sent to another one. */
  keys: Record<string, string>;
  /** The signing secret of `listen`. It stays the same, so a receiver is configured once. */
  listenSecret?: string;
}

/**
 * The configuration file: in `XDG_CONFIG_HOME` or `~/.config` (XDG Base Directory Specification), and in `APPDATA` on Windows.
 */
export function settingsFile({ env, platform }: Pick<Surroundings, 'env' | 'platform'>): string {
  const onWindows = platform === 'win32' ? env.APPDATA : undefined;
  const folder = env.XDG_CONFIG_HOME || onWindows || join(env.HOME || homedir(), '.config');
  return join(folder, 'docmap-webhooks', 'config.json');
}

/** @throws CliUsageError if the file can't be read or has other content */
export async function readSettings(file: string): Promise<StoredSettings> {
  let json: string;
  try {
    json = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { keys: {} };
    throw new CliUsageError(text("{{file}} can't be read: {{reason}}", { file, reason: (error as Error).message }));
  }
  try {
    const { url, keys, listenSecret } = { keys: {}, ...(JSON.parse(json) as Partial<StoredSettings>) };
    const texts = [url ?? '', listenSecret ?? '', ...Object.values(keys)];
    if (texts.every((each) => typeof each === 'string')) {
      return { keys, ...(url === undefined ? {} : { url }), ...(listenSecret === undefined ? {} : { listenSecret }) };
    }
  } catch {
    // The error below says it for all cases.
  }
  throw new CliUsageError(text('{{file}} is damaged: remove it, and run "docmap-webhooks login"', { file }));
}

/** Writes the file for its owner alone (mode 0600). A reader sees the old or the new content, never a part. */
export async function writeSettings(file: string, settings: StoredSettings): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600 });
  // The mode above applies only to a new file.
  await chmod(draft, 0o600);
  await rename(draft, file);
}

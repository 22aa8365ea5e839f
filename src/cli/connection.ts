import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { VERSION } from '../common/version.js';
import { text } from '../translations/phrase.js';
import { ApiClient } from './api-client.js';
import { CliUsageError } from './cli-error.js';
import { readSettings, settingsFile, writeSettings } from './stored-settings.js';
import type { Surroundings, Terminal } from './terminal.js';

/** The address of a service on this machine, without a setting of its own. */
const DEFAULT_URL = 'http://localhost:3000';

/** The options of commands that call the API. */
export interface ConnectionOptions {
  url?: string;
  key?: string;
}

/**
 * Finds the address and the key of the server: in the options, in `DOCMAP_URL` and `DOCMAP_API_KEY`, then in the
 * configuration file. The last choice of an address is {@link DEFAULT_URL}. On a terminal it asks for a key that is missing,
 * and stores it.
 *
 * @throws CliUsageError if the key is missing, or the address is malformed
 */
export async function connect(
  surroundings: Surroundings,
  terminal: Terminal,
  options: ConnectionOptions,
): Promise<ApiClient> {
  const { env } = surroundings;
  const stored = await readSettings(settingsFile(surroundings));
  const url = checkedUrl(chosenUrl(options, env, stored));
  const key = options.key || env.DOCMAP_API_KEY || stored.keys[url];
  if (key) return clientOf(url, key, terminal);
  if (!terminal.isInteractive) {
    throw new CliUsageError(
      text(
        'There is no API key for {{url}}: set DOCMAP_API_KEY, give --key, or run "docmap-webhooks login" in a terminal. DOCMAP_URL and --url choose another server.',
        { url },
      ),
    );
  }
  return login(surroundings, terminal, options);
}

/**
 * Asks for the address and the key, tries them, and stores them.
 *
 * @throws CliUsageError without a terminal, or if an answer is empty
 * @throws ApiError if the server refuses the key
 */
export async function login(
  surroundings: Surroundings,
  terminal: Terminal,
  options: ConnectionOptions,
): Promise<ApiClient> {
  if (!terminal.isInteractive) throw new CliUsageError(text('login asks questions: run it in a terminal'));
  const file = settingsFile(surroundings);
  const stored = await readSettings(file);
  const known = chosenUrl(options, surroundings.env, stored);
  const url = checkedUrl(
    (await ask(surroundings, terminal.say(text('Address of the server [{{known}}]: ', { known })))) || known,
  );
  const key = await ask(surroundings, terminal.say(text('API key (not shown): ')), { isHidden: true });
  if (key === '') throw new CliUsageError(text('The API key is empty. POST /v1/api-keys creates one.'));
  const client = clientOf(url, key, terminal);
  await client.get('event-types');
  await writeSettings(file, { ...stored, url, keys: { ...stored.keys, [url]: key } });
  terminal.note(text('Stored in {{file}}.', { file }));
  return client;
}

/** The address by the first setting that has one, as it was given. */
function chosenUrl(options: ConnectionOptions, env: Surroundings['env'], stored: { url?: string | undefined }): string {
  return options.url || env.DOCMAP_URL || stored.url || DEFAULT_URL;
}

function clientOf(url: string, key: string, { language }: Terminal): ApiClient {
  return new ApiClient(url, {
    authorization: `Bearer ${key}`,
    'user-agent': `docmap-webhooks/${VERSION}`,
    'accept-language': language,
  });
}

/** The address without a slash at its end. */
function checkedUrl(given: string): string {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.username || url.search || url.hash) {
    throw new CliUsageError(
      text('The address of the server must be a URL such as {{example}}, not {{given}}', {
        example: DEFAULT_URL,
        given,
      }),
    );
  }
  return url.href.replace(/\/+$/, '');
}

/** Asks a question on the error output. The answer to a hidden one is not shown. */
async function ask(
  { stdin, stderr, signal }: Surroundings,
  question: string,
  { isHidden = false } = {},
): Promise<string> {
  // The interface ends the terminal's own echo, so it comes before the question.
  const output = isHidden ? new Writable({ write: (_chunk, _encoding, done) => done() }) : stderr;
  const lines = createInterface({ input: stdin, output, terminal: true });
  try {
    const ended = new Promise<string>((resolve) => void lines.once('close', () => resolve('')));
    const answer = lines.question(isHidden ? '' : question, { signal });
    // The interface waits already: an answer may follow at once.
    if (isHidden) stderr.write(question);
    return (await Promise.race([answer, ended])).trim();
  } finally {
    lines.close();
    if (isHidden) stderr.write('\n');
  }
}

/** Asks for a confirmation. Everything except `y` and `yes` means no. */
export async function isConfirmed(surroundings: Surroundings, question: string): Promise<boolean> {
  return /^y(?:es)?$/i.test(await ask(surroundings, `${question} [y/N] `));
}

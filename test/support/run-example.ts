import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { BOOTSTRAP_KEY } from './bootstrap-key.js';

const run = promisify(execFile);
const EXAMPLES = new URL('./contract-examples/', import.meta.url);
const DOCUMENTED_HOST = 'https://api.docmap.io';
const LONGEST_RUN_MS = 20_000;
/** Nothing of this process's own: a proxy variable would lead the examples past the service. */
const ENV = { PATH: process.env.PATH, DOCMAP_API_KEY: BOOTSTRAP_KEY, PYTHONDONTWRITEBYTECODE: '1' };

interface Language {
  /** How the stored example's name ends. Its TypeScript is no file of this project's, so it does not end in `.ts`. */
  stored: string;
  /** How the file that is run ends; `.mts` because the examples await at the top. */
  runnable: string;
  command: string;
  /** A call that fails where the language can't be run. */
  probe: [command: string, ...args: string[]];
}

const tsx = fileURLToPath(new URL('../../node_modules/.bin/tsx', import.meta.url));

export const LANGUAGES = {
  curl: { stored: '.sh', runnable: '.sh', command: 'bash', probe: ['curl', '--version'] },
  TypeScript: { stored: '.ts.txt', runnable: '.mts', command: tsx, probe: [tsx, '--version'] },
  Python: { stored: '.py', runnable: '.py', command: 'python3', probe: ['python3', '--version'] },
} satisfies Record<string, Language>;

export type ExampleLanguage = keyof typeof LANGUAGES;

/** Whether this machine can run the language's examples. */
export async function canRun(language: ExampleLanguage): Promise<boolean> {
  const [command, ...args] = LANGUAGES[language].probe;
  return succeeds(command, args);
}

/**
 * Runs one of the documentation's examples as it stands, only the host replaced by the service's.
 *
 * @returns what it printed
 */
export async function runExample(name: string, language: ExampleLanguage, serviceUrl: string): Promise<string> {
  const { stored, runnable, command } = LANGUAGES[language];
  const text = await readFile(new URL(name + stored, EXAMPLES), 'utf8');
  if (!text.includes(DOCUMENTED_HOST)) throw new Error(`${name}${stored} does not call ${DOCUMENTED_HOST}`);
  const directory = await mkdtemp(join(tmpdir(), 'docmap-example-'));
  try {
    const file = join(directory, name + runnable);
    await writeFile(file, text.replaceAll(DOCUMENTED_HOST, serviceUrl));
    const env = language === 'Python' ? { ...ENV, ...(await pythonPath()) } : ENV;
    const { stdout } = await run(command, [file], { env, timeout: LONGEST_RUN_MS });
    return stdout;
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Where Python finds `requests`: the real package, or our small stand-in where that is not installed. */
async function pythonPath(): Promise<{ PYTHONPATH?: string }> {
  if (await succeeds('python3', ['-c', 'import requests'])) return {};
  return { PYTHONPATH: fileURLToPath(new URL('shim/', EXAMPLES)) };
}

async function succeeds(command: string, args: string[]): Promise<boolean> {
  return run(command, args, { env: ENV, timeout: LONGEST_RUN_MS }).then(
    () => true,
    () => false,
  );
}

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
/** None of this process's variables: a proxy variable would redirect the examples. */
const ENV = { PATH: process.env.PATH, DOCMAP_API_KEY: BOOTSTRAP_KEY, PYTHONDONTWRITEBYTECODE: '1' };

interface Language {
  /** The suffix of the stored example. Its TypeScript is not part of this project and does not end in `.ts`. */
  stored: string;
  /** The suffix of the executed file; `.mts` because the examples use top-level await. */
  runnable: string;
  command: string;
  /** A command that fails when the language is not installed. */
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
 * Runs one of the documentation's examples unchanged, except for the host, which is the service's.
 *
 * @returns the output
 */
export async function runExample(name: string, language: ExampleLanguage, serviceUrl: string): Promise<string> {
  const { stored, runnable, command } = LANGUAGES[language];
  const text = await readFile(new URL(name + stored, EXAMPLES), 'utf8');
  if (!text.includes(DOCUMENTED_HOST)) throw new Error(`${name}${stored} does not call ${DOCUMENTED_HOST}`);
  const directory = await mkdtemp(join(tmpdir(), 'docmap-test-example-'));
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

/** The path on which Python finds `requests`: the real package, or our stand-in when it is not installed. */
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

import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));
const APP = fileURLToPath(new URL('../host', import.meta.url));
const EXAMPLES = join(PROJECT, 'examples');
const REGISTRY = process.env.npm_config_registry ?? 'https://registry.npmjs.org/';
const NPM_MS = 120_000;
const RUN_MS = 30_000;
const QUIET = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];

const run = promisify(execFile);

/** Whether packages can be installed. Continuous integration requires it. */
export const hasRegistry =
  process.env.CI === 'true' ||
  (await fetch(REGISTRY, { method: 'HEAD', signal: AbortSignal.timeout(5_000) }).then(
    () => true,
    () => false,
  ));

interface PackedFile {
  path: string;
}

/** The output of `npm pack`. */
export interface Packed {
  file: string;
  size: number;
  files: PackedFile[];
}

/** Packs the build into a file. */
export async function pack(directory: string): Promise<Packed> {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', directory];
  const { stdout } = await npm(args, PROJECT);
  const [packed] = JSON.parse(stdout) as { filename: string; size: number; files: PackedFile[] }[];
  return { ...packed!, file: join(directory, packed!.filename) };
}

/** The folder of an application that depends on the package. */
export class Host {
  private constructor(readonly directory: string) {}

  static async create(): Promise<Host> {
    const directory = await realpath(await mkdtemp(join(tmpdir(), 'docmap-host-')));
    await writeFile(join(directory, 'package.json'), JSON.stringify({ name: 'host', private: true, type: 'module' }));
    await cp(APP, directory, { recursive: true });
    return new Host(directory);
  }

  async install(...args: string[]): Promise<void> {
    await npm(['install', ...QUIET, ...args], this.directory);
  }

  /** Puts a link to this checkout in place of the package. */
  async linkCheckout(): Promise<void> {
    const target = join(this.directory, 'node_modules/docmap-webhooks');
    await rm(target, { recursive: true, force: true });
    await symlink(PROJECT, target);
  }

  /**
   * Compiles the application as TypeScript projects do, or only checks it.
   *
   * @returns the output of the compiler
   */
  compile(...options: string[]): Promise<string> {
    return this.compileFile('app.ts', ...options);
  }

  /** Compiles another file of the application. */
  async compileFile(file: string, ...options: string[]): Promise<string> {
    const tsc = join(PROJECT, 'node_modules/typescript/bin/tsc');
    const types = ['--types', 'node', '--typeRoots', join(PROJECT, 'node_modules/@types')];
    const decorators = ['--experimentalDecorators', '--emitDecoratorMetadata'];
    const language = ['--target', 'es2023', '--strict'];
    return this.node([tsc, file, '--ignoreConfig', ...types, ...decorators, ...language, ...options]);
  }

  /**
   * Compiles the examples of this repository in a folder of the application, by their own settings.
   *
   * @returns the output of the compiler
   */
  async compileExamples(): Promise<string> {
    await cp(EXAMPLES, join(this.directory, 'examples'), { recursive: true });
    const typeRoots = join(PROJECT, 'node_modules/@types');
    const tsc = join(PROJECT, 'node_modules/typescript/bin/tsc');
    const compiled = (await readdir(EXAMPLES)).map((name) =>
      this.node([tsc, '-p', `examples/${name}`, '--skipLibCheck', '--typeRoots', typeRoots]),
    );
    return (await Promise.all(compiled)).join('');
  }

  /** @returns the output of a program of the application */
  async node(args: string[], env: Record<string, string> = {}): Promise<string> {
    const options = { cwd: this.directory, env: { ...process.env, NODE_OPTIONS: '', ...env }, timeout: RUN_MS };
    const { stdout } = await run(process.execPath, args, options).catch((error: Error & { stdout: string }) => {
      throw new Error(`${error.message}\n${error.stdout}`);
    });
    return stdout;
  }

  /** @returns the value of the expression there, as JSON */
  async evaluate(expression: string): Promise<unknown> {
    return JSON.parse(
      await this.node(['-e', `Promise.resolve(${expression}).then((v) => console.log(JSON.stringify(v)))`]),
    );
  }

  remove(): Promise<void> {
    return rm(this.directory, { recursive: true, force: true });
  }
}

function npm(args: string[], cwd: string) {
  // A process of npm has npm's settings in its environment, which are those of this project.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(package|lifecycle)/.test(name)),
  );
  return run('npm', args, { cwd, env, timeout: NPM_MS, shell: process.platform === 'win32' });
}

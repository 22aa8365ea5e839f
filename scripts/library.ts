import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'rolldown';
import ts from 'typescript';
import { thirdPartyNotices } from './third-party-notices.js';

interface Manifest {
  bin: Record<string, string>;
  exports: Record<string, string | { types: string; default: string }>;
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
}

const BUILD = 'dist';
const LIBRARY = 'dist/lib';
/** Bundled, because `@prisma/client` is its peer and an application may have another version of that. */
const ADAPTER = 'pglite-prisma-adapter';
/** PGlite. Its licence applies: the template of the embedded database contains catalogs that PGlite makes. */
const EMBEDDED_DATABASE = fileURLToPath(import.meta.resolve('@electric-sql/pglite'));

const { bin, exports, dependencies, peerDependencies } = JSON.parse(await readFile('package.json', 'utf8')) as Manifest;
const installed = Object.keys({ ...dependencies, ...peerDependencies });

/** The built modules of files of the library, keyed by name. `lib/index.js` is built from `index.js` or `index/index.js`. */
function builtModules(files: readonly string[]): Map<string, string> {
  return new Map(
    files.flatMap((file) => {
      if (!file.endsWith('.js')) return [];
      const name = relative(LIBRARY, file).replace(/\.js$/, '');
      return [
        [name, [name, `${name}/index`].map((path) => join(BUILD, path)).find((path) => existsSync(`${path}.js`))!],
      ];
    }),
  );
}

/** The modules that applications import. */
const entries = builtModules(
  Object.values(exports).map((target) => (typeof target === 'string' ? target : target.default)),
);
/** The modules that people run. */
const programs = builtModules(Object.values(bin));

/** Writes the licences of the packages whose code is in the library. */
const notices: Plugin = {
  name: 'third-party-notices',
  async generateBundle(_options, bundle) {
    const moduleIds = Object.values(bundle).flatMap((output) => (output.type === 'chunk' ? output.moduleIds : []));
    const source = thirdPartyNotices([...moduleIds, EMBEDDED_DATABASE], await readFile('LICENSE', 'utf8'));
    this.emitFile({ type: 'asset', fileName: 'THIRD-PARTY-NOTICES.txt', source });
  },
};

function isInstalled(id: string): boolean {
  return id.startsWith('node:') || installed.some((name) => id === name || id.startsWith(`${name}/`));
}

/**
 * Puts the modules that applications import into few files, because opening files takes most of the time of an import.
 * Packages that an application installs with this one are not included.
 *
 * @throws Error when a module imports a package that is neither a dependency nor a peer
 */
async function writeModules(): Promise<void> {
  await build({
    input: Object.fromEntries([...entries, ...programs].map(([name, path]) => [name, `${path}.js`])),
    platform: 'node',
    plugins: [notices],
    external: (id, importer) => {
      const isOwn = importer !== undefined && !importer.includes('node_modules');
      if (isInstalled(id)) return true;
      if (isOwn && /^[@\w]/.test(id) && id !== ADAPTER) throw new Error(`${importer} imports ${id}`);
      return false;
    },
    onwarn: ({ message }) => {
      throw new Error(message);
    },
    output: {
      dir: LIBRARY,
      format: 'esm',
      // The modules find package.json, migrations and the template by their own location, two folders below the project.
      entryFileNames: '[name].js',
      chunkFileNames: '[name].js',
      comments: false,
    },
  });
}

/**
 * Copies the declarations of the entries and of all modules that they import.
 *
 * @throws Error when a declaration imports a package that an application may not have
 */
async function writeDeclarations(): Promise<void> {
  const roots = [...entries.values()].map((path) => `${path}.d.ts`);
  const program = ts.createProgram(roots, { module: ts.ModuleKind.NodeNext, types: [], skipLibCheck: true });
  const build = resolve(BUILD);
  for (const { fileName, imports } of program.getSourceFiles() as (ts.SourceFile & { imports: ts.StringLiteral[] })[]) {
    if (!resolve(fileName).startsWith(`${build}/`)) continue;
    for (const { text } of imports) {
      if (!text.startsWith('.') && !isInstalled(text)) throw new Error(`${fileName} needs the types of ${text}`);
    }
    const target = join(LIBRARY, relative(build, resolve(fileName)));
    await mkdir(dirname(target), { recursive: true });
    await copyFile(fileName, target);
  }
}

await rm(LIBRARY, { recursive: true, force: true });
await writeModules();
await writeDeclarations();

import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { build, type Plugin } from 'rolldown';
import ts from 'typescript';
import { thirdPartyNotices } from './third-party-notices.js';

interface Manifest {
  exports: Record<string, string | { types: string; default: string }>;
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
}

const BUILD = 'dist';
const LIBRARY = 'dist/lib';

const { exports, dependencies, peerDependencies } = JSON.parse(await readFile('package.json', 'utf8')) as Manifest;
const installed = Object.keys({ ...dependencies, ...peerDependencies });

/** The module of the build behind each entry: `dist/index.js` of `./dist/lib/index.js`. */
const entries = Object.values(exports).flatMap((target) => {
  return typeof target === 'string' ? [] : [relative(LIBRARY, target.default).replace(/\.js$/, '')];
});

/** The packages whose code is in the library: their licences ask for it. */
const notices: Plugin = {
  name: 'third-party-notices',
  async generateBundle(_options, bundle) {
    const moduleIds = Object.values(bundle).flatMap((output) => (output.type === 'chunk' ? output.moduleIds : []));
    const embeddedDatabase = import.meta.resolve('@electric-sql/pglite').replace(/^file:\/\//, '');
    const source = thirdPartyNotices([...moduleIds, embeddedDatabase], await readFile('LICENSE', 'utf8'));
    this.emitFile({ type: 'asset', fileName: 'THIRD-PARTY-NOTICES.txt', source });
  },
};

/**
 * Puts the modules that applications import into few files: opening files is most of what an import takes. The packages
 * that an application installs with this one stay outside. The adapter of PGlite goes in: it is a peer of its own of
 * `@prisma/client`, of which the application may have another version.
 */
async function writeModules(): Promise<void> {
  await build({
    input: Object.fromEntries(entries.map((entry) => [entry, join(BUILD, `${entry}.js`)])),
    platform: 'node',
    plugins: [notices],
    external: (id) => installed.some((name) => id === name || id.startsWith(`${name}/`)),
    onwarn: ({ message }) => {
      throw new Error(message);
    },
    output: {
      dir: LIBRARY,
      format: 'esm',
      // The modules look for package.json, migrations and the template from where they are: two folders below the project.
      entryFileNames: '[name].js',
      chunkFileNames: '[name].js',
      comments: false,
    },
  });
}

/**
 * Copies the declarations that the entries lead to.
 *
 * @throws Error when one imports a package that an application need not have
 */
async function writeDeclarations(): Promise<void> {
  const roots = entries.map((entry) => join(BUILD, `${entry}.d.ts`));
  const program = ts.createProgram(roots, { module: ts.ModuleKind.NodeNext, types: [], skipLibCheck: true });
  const build = resolve(BUILD);
  for (const { fileName, imports } of program.getSourceFiles() as (ts.SourceFile & { imports: ts.StringLiteral[] })[]) {
    if (!resolve(fileName).startsWith(`${build}/`)) continue;
    for (const { text } of imports) {
      const isInstalled = installed.some((name) => text === name || text.startsWith(`${name}/`));
      if (!/^(\.|node:)/.test(text) && !isInstalled) throw new Error(`${fileName} needs the types of ${text}`);
    }
    const target = join(LIBRARY, relative(build, resolve(fileName)));
    await mkdir(dirname(target), { recursive: true });
    await copyFile(fileName, target);
  }
}

await rm(LIBRARY, { recursive: true, force: true });
await writeModules();
await writeDeclarations();
for (const entry of entries) {
  if (!existsSync(join(LIBRARY, `${entry}.d.ts`))) throw new Error(`${entry} has no declarations`);
}

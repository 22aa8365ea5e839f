import { readFileSync, writeFileSync } from 'node:fs';
import { build, type Plugin } from 'rolldown';
import { ownSourceMap } from './own-source-map.js';
import { EXTERNAL_PACKAGES, installedFolders } from './shipped-packages.js';
import { thirdPartyNotices } from './third-party-notices.js';

/** Optional packages: Nest, Fastify and pg work without them. */
const OPTIONAL = [
  /^@nestjs\/(microservices|websockets|platform-express)(\/|$)/,
  /^@fastify\/(multipart|view)$/,
  'pg-native',
];

/** The bundle of the OpenTelemetry SDK. The service imports it only if tracing is configured. */
const TRACING = 'tracing-sdk';
const external: Plugin = {
  name: 'external-tracing-sdk',
  resolveId: (id) => (id === `./${TRACING}.js` ? { id, external: true } : undefined),
};

/** Collects the modules of the bundles. Their licences are written next to the bundles. */
const moduleIds = new Set<string>();
const notices: Plugin = {
  name: 'third-party-notices',
  generateBundle(_options, bundle) {
    for (const output of Object.values(bundle)) {
      if (output.type === 'chunk') for (const id of output.moduleIds) moduleIds.add(id);
    }
  },
};

/**
 * Imports the embedded database statically. A dynamic import inside one module makes rolldown initialize all modules
 * lazily. In that order, decorators run before `reflect-metadata`.
 */
const eager: Plugin = {
  name: 'eager-embedded-database',
  transform(code, id) {
    if (!/[\\/]open-embedded\.js$/.test(id)) return undefined;
    const eagerly = code.replace(`import('./embedded-database.js')`, 'Promise.resolve(embedded)');
    if (eagerly === code) throw new Error(`${id} does not import the embedded database as expected`);
    return { code: `import * as embedded from './embedded-database.js';\n${eagerly}`, map: null };
  },
};

/** Reads the maps of the compiler. The map of the bundle then leads to `src`, and not to `dist`. */
const compilerMaps: Plugin = {
  name: 'compiler-maps',
  load(id) {
    if (id.includes('node_modules') || !id.endsWith('.js')) return undefined;
    return { code: readFileSync(id, 'utf8'), map: readFileSync(`${id}.map`, 'utf8') };
  },
};

/**
 * Puts a program and its packages into one module. Node.js then opens one file at the start instead of about 2,500.
 * Opening files takes most of the time of a start. Applications that embed the service do not use this bundle.
 *
 * The bundle is two folders below the project, like the modules that find the migrations and package.json by their own
 * location.
 */
async function bundle(program: string, plugins: Plugin[] = []): Promise<void> {
  const file = `dist/bundle/${program}.js`;
  await build({
    input: `dist/${program}.js`,
    platform: 'node',
    plugins: [compilerMaps, eager, notices, ...plugins],
    external: [...EXTERNAL_PACKAGES.map((name) => new RegExp(`^${name}(/|$)`)), ...OPTIONAL],
    onwarn: ({ message }) => {
      throw new Error(message);
    },
    output: {
      file,
      format: 'esm',
      codeSplitting: false,
      sourcemap: true,
      // V8 keeps the text in memory, and needs two bytes per character unless all of them are Latin-1. In the `memory` bench
      // the process takes 260 MB with comments and letters outside ASCII, and 241 MB without.
      comments: false,
      minify: { compress: false, mangle: false, codegen: { removeWhitespace: false, asciiOnly: true } },
    },
  });
  const map = ownSourceMap(JSON.parse(readFileSync(`${file}.map`, 'utf8')));
  writeFileSync(`${file}.map`, JSON.stringify(map));
}

await bundle('main', [external]);
await bundle(TRACING);
await bundle('migrate');
await bundle('transfer');
await bundle('admin');
await bundle('reencrypt-secrets');
// `scripts/assemble.ts` ships the external packages with the bundles. The template of the embedded database contains catalogs
// that PGlite makes.
const externals = installedFolders(EXTERNAL_PACKAGES, '.');
const licences = thirdPartyNotices([...moduleIds, ...externals], readFileSync('LICENSE', 'utf8'));
writeFileSync('dist/bundle/THIRD-PARTY-NOTICES.txt', licences);

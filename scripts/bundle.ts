import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'rolldown';
import { thirdPartyNotices } from './third-party-notices.js';

/** Optional packages: Nest, Fastify and pg work without them. */
const OPTIONAL = [
  /^@nestjs\/(microservices|websockets|platform-express)(\/|$)/,
  /^@fastify\/(multipart|view)$/,
  'pg-native',
];

/** PGlite. Its licence applies: the template of the embedded database contains catalogs that PGlite makes. */
const EMBEDDED_DATABASE = fileURLToPath(import.meta.resolve('@electric-sql/pglite'));

/** Writes the licences of the bundled packages next to the bundle. */
const notices: Plugin = {
  name: 'third-party-notices',
  generateBundle(_options, bundle) {
    const moduleIds = Object.values(bundle).flatMap((output) => (output.type === 'chunk' ? output.moduleIds : []));
    const source = thirdPartyNotices([...moduleIds, EMBEDDED_DATABASE], readFileSync('LICENSE', 'utf8'));
    this.emitFile({ type: 'asset', fileName: 'THIRD-PARTY-NOTICES.txt', source });
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

/**
 * Puts a program and its packages into one module. Node.js then opens one file at the start instead of about 2,500.
 * Opening files takes most of the time of a start. Applications that embed the service do not use this bundle.
 *
 * The bundle is two folders below the project, like the modules that find the migrations and package.json by their own
 * location.
 */
function bundle(program: string, plugins: Plugin[]) {
  return build({
    input: `dist/${program}.js`,
    platform: 'node',
    plugins: [eager, ...plugins],
    // The embedded database reads its WebAssembly from its own folder. Tools that instrument `pg` need it as a package.
    external: [/^@electric-sql\/pglite(\/|$)/, 'pg', ...OPTIONAL],
    onwarn: ({ message }) => {
      throw new Error(message);
    },
    output: {
      file: `dist/bundle/${program}.js`,
      format: 'esm',
      codeSplitting: false,
      sourcemap: true,
      // V8 keeps the text in memory, and needs two bytes per character unless all of them are Latin-1. In the `memory` bench
      // the process takes 260 MB with comments and letters outside ASCII, and 241 MB without.
      comments: false,
      minify: { compress: false, mangle: false, codegen: { removeWhitespace: false, asciiOnly: true } },
    },
  });
}

await bundle('main', [notices]);
// The service has all packages of these programs, so their licences are written already.
await bundle('migrate', []);
await bundle('admin', []);

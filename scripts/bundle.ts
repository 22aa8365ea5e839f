import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'rolldown';
import { thirdPartyNotices } from './third-party-notices.js';

/** Packages that Nest and Fastify look for and do without where they are not installed. */
const OPTIONAL = [
  /^@nestjs\/(microservices|websockets|platform-express)(\/|$)/,
  /^@fastify\/(multipart|view)$/,
  'pg-native',
];

/** The template of the embedded database (database-template.ts) holds catalogs of PostgreSQL, as PGlite brings them. */
const EMBEDDED_DATABASE = fileURLToPath(import.meta.resolve('@electric-sql/pglite'));

/** Writes the licences of the bundled packages beside the bundle. */
const notices: Plugin = {
  name: 'third-party-notices',
  generateBundle(_options, bundle) {
    const moduleIds = Object.values(bundle).flatMap((output) => (output.type === 'chunk' ? output.moduleIds : []));
    const source = thirdPartyNotices([...moduleIds, EMBEDDED_DATABASE], readFileSync('LICENSE', 'utf8'));
    this.emitFile({ type: 'asset', fileName: 'THIRD-PARTY-NOTICES.txt', source });
  },
};

/**
 * Loads the embedded database with the program. Inside of one module a dynamic import makes rolldown start all modules
 * lazily, in an order in which decorators run before `reflect-metadata`.
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
 * Puts a program and its packages into one module next to the build: Node then opens one file at the start instead of some
 * 2,500, which is most of what a start takes. Applications that build the modules in use the build, not this.
 *
 * It is two folders below the project, as the modules are that find the migrations and package.json from where they are.
 */
function bundle(program: string, plugins: Plugin[]) {
  return build({
    input: `dist/${program}.js`,
    platform: 'node',
    plugins: [eager, ...plugins],
    // The embedded database reads its WebAssembly from its own folder; tools that watch `pg` find it where it always is.
    external: [/^@electric-sql\/pglite(\/|$)/, 'pg', ...OPTIONAL],
    onwarn: ({ message }) => {
      throw new Error(message);
    },
    output: {
      file: `dist/bundle/${program}.js`,
      format: 'esm',
      codeSplitting: false,
      sourcemap: true,
      // V8 keeps the text, with two bytes a character unless all of them are Latin-1: under `memory` of the bench the
      // process took 260 MB with comments and other scripts, and takes 241 without.
      comments: false,
      minify: { compress: false, mangle: false, codegen: { removeWhitespace: false, asciiOnly: true } },
    },
  });
}

await bundle('main', [notices]);
// Its packages are among those of the service.
await bundle('migrate', []);

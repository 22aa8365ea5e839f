import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);

/**
 * Loads Prisma's schema engine from an npm package, where it is compiled to WebAssembly. The `prisma` command downloads it as
 * a native binary instead. The package's own entry needs `--experimental-wasm-modules`; this function does not.
 */
export async function loadSchemaEngine(): Promise<SchemaEngineModule> {
  const folder = dirname(require.resolve('@prisma/schema-engine-wasm'));
  const bindings = (await import(pathToFileURL(join(folder, 'schema_engine_bg.js')).href)) as SchemaEngineBindings;
  const wasm = await WebAssembly.compile(await readFile(join(folder, 'schema_engine_bg.wasm')));
  const instance = await WebAssembly.instantiate(wasm, { './schema_engine_bg.js': bindings });
  bindings.__wbg_set_wasm(instance.exports);
  (instance.exports.__wbindgen_start as () => void)();
  return bindings;
}

type SchemaEngineModule = typeof import('@prisma/schema-engine-wasm');
type SchemaEngineBindings = SchemaEngineModule & { __wbg_set_wasm(exports: WebAssembly.Exports): void };

/**
/**
 * The options of Node.js and V8 for the service. "Before production" in docs/operating.md has their effects.
 *
 * - With source maps, the stacks of errors lead to `src`. Without them, they lead to lines of the bundle.
 * - The size of the young generation and the growth of the old one decide the cost of garbage collection.
 * - The budget delays the optimization of WebAssembly. Most optimized functions belonged to the Prisma client, and ran only at
 *   the start. A budget ten times as large as V8's saves 25 MB.
 */
export const NODE_OPTIONS = Object.freeze([
  '--enable-source-maps',
  '--min-semi-space-size=16',
  '--max-semi-space-size=16',
  '--heap-growing-percent=60',
  '--wasm-tiering-budget=20000000',
]);

/**
 * The V8 options of the service. They set the size of the young generation, the growth of the old generation, and V8's budget
 * before it optimizes a function of WebAssembly. Most of the functions that it optimized belonged to the Prisma client and
 * ran only at the start. A budget ten times as large saves 25 MB. "Before production" in docs/operating.md has the effects.
 */
export const NODE_OPTIONS = Object.freeze([
  '--min-semi-space-size=16',
  '--max-semi-space-size=16',
  '--heap-growing-percent=60',
  '--wasm-tiering-budget=20000000',
]);

/**
 * The options of Node.js and V8 for the service: see "Before production" in docs/operating.md.
 *
 * - With source maps, the stacks of errors lead to `src`. Without them, they lead to lines of the bundle.
 * - The sizes of the heap's young generation and the growth of the old generation decide the cost of garbage collection.
 */
export const NODE_OPTIONS = Object.freeze([
  '--enable-source-maps',
  '--min-semi-space-size=32',
  '--max-semi-space-size=32',
  '--heap-growing-percent=60',
]);

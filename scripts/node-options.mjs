/**
 * The V8 options of the service. They set the size of the heap's young generation and the growth of the old generation. Both
 * decide the cost of garbage collection: see "Before production" in docs/operating.md.
 */
export const NODE_OPTIONS = Object.freeze([
  '--min-semi-space-size=32',
  '--max-semi-space-size=32',
  '--heap-growing-percent=60',
]);

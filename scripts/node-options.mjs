/**
 * The V8 options of the service. They set the size of the heap's young generation and the growth of the old one, and so the
 * cost of garbage collection: see "Start it" in docs/operating.md.
 */
export const NODE_OPTIONS = Object.freeze([
  '--min-semi-space-size=32',
  '--max-semi-space-size=32',
  '--heap-growing-percent=60',
]);

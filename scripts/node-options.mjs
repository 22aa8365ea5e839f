/**
 * The options of V8 that the service runs with. They decide how much memory V8 lets pile up, and what it costs to collect
 * it: see "Start it" in docs/operating.md.
 */
export const NODE_OPTIONS = Object.freeze([
  '--min-semi-space-size=32',
  '--max-semi-space-size=32',
  '--heap-growing-percent=60',
]);

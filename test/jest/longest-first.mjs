/**
 * The longest suite, then the suites of many specs, on the slower database first, then what starts processes; units at the end.
 * The units of the dispatcher mostly wait, and start earlier.
 */
const RANKS = [
  ['e2e on server', '/dispatch.suite.ts'],
  ['e2e on embedded', ''],
  ['e2e on server', ''],
  ['e2e on Express', ''],
  ['unit', '/dispatcher.suite.ts'],
  ['processes', ''],
  ['unit', '.suite.ts'],
  ['unit', ''],
];

/**
 * Without a record of earlier runs, Jest orders files by size. Suites only import their specs and would come last. The
 * longest of them would run alone at the end.
 */
export default class LongestFirst {
  sort(tests) {
    return tests.toSorted((one, other) => rank(one) - rank(other));
  }

  allFailedTests(tests) {
    return tests;
  }

  /** Every n-th file of a run with `--shard`, in alphabetical order: neighbours test similar things, and take equally long. */
  shard(tests, { shardIndex, shardCount }) {
    const inOrder = tests.toSorted((one, other) => (one.path < other.path ? -1 : 1));
    return inOrder.filter((_, index) => index % shardCount === shardIndex - 1);
  }

  cacheResults() {}
}

function rank({ context, path }) {
  const project = context.config.displayName?.name;
  return RANKS.findIndex(([name, ending]) => name === project && path.endsWith(ending));
}

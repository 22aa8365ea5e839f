/** Prints the seed of a fuzz run that failed, after everything else. */
export default class FuzzSeedReporter {
  onRunComplete(_contexts, { testResults }) {
    const failed = testResults.some(
      ({ testFilePath, numFailingTests, testExecError }) =>
        /[\\/]test[\\/]fuzz[\\/]/.test(testFilePath) && (numFailingTests > 0 || testExecError),
    );
    if (!failed) return;
    const runs = process.env.FUZZ_RUNS ? `FUZZ_RUNS=${process.env.FUZZ_RUNS} ` : '';
    process.stderr.write(
      `\nA fuzz test failed. To repeat it: ${runs}FUZZ_SEED=${process.env.FUZZ_SEED} npm run test:fuzz\n`,
    );
  }
}

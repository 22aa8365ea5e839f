import { describe } from '@jest/globals';

type Describe = (name: string, tests: () => void) => void;

const isLinux = process.platform === 'linux';

/** For tests that need `/proc`. */
export const describeOnLinux: Describe = isLinux ? describe : describe.skip;

/** For tests that mount file systems, which needs an administrator. */
export const describeWithMounts: Describe = isLinux && process.geteuid?.() === 0 ? describe : describe.skip;

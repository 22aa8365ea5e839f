import { describe } from '@jest/globals';
import { PrivateCluster } from '../../crash/support/private-cluster.js';
import type { DatabaseKind } from '../../support/database.js';

/** The set-up makes a template if a server exists. Continuous integration requires one. */
const hasServer = process.env.TEST_TEMPLATE_DATABASE !== undefined;

/** The kinds of databases on this machine. */
export const databaseKinds: DatabaseKind[] = hasServer ? ['embedded', 'server'] : ['embedded'];

/** For tests that need a server: several processes on one database. */
export const describeOnServer: (name: string, tests: () => void) => void = hasServer ? describe : describe.skip;

/** For tests that need a server of their own. */
export const describeOnCluster: typeof describeOnServer = PrivateCluster.isPossible ? describe : describe.skip;

/** For tests that need a server with a disk of its own. */
export const describeOnDisk: typeof describeOnServer = PrivateCluster.canHaveDisk ? describe : describe.skip;

import { describe } from '@jest/globals';
import { PrivateCluster } from '../../crash/support/private-cluster.js';
import type { DatabaseKind } from '../../support/database.js';

/** The set-up makes a template on the server where there is one; continuous integration insists on it. */
const hasServer = process.env.TEST_TEMPLATE_DATABASE !== undefined;

/** What of the databases this machine has. */
export const databaseKinds: DatabaseKind[] = hasServer ? ['embedded', 'server'] : ['embedded'];

/** For what only a server can do: several processes on one database. */
export const describeOnServer: (name: string, tests: () => void) => void = hasServer ? describe : describe.skip;

/** For what takes a server of the test's own. */
export const describeOnCluster: typeof describeOnServer = PrivateCluster.isPossible ? describe : describe.skip;

/** For what takes a server with a disk of its own. */
export const describeOnDisk: typeof describeOnServer = PrivateCluster.canHaveDisk ? describe : describe.skip;

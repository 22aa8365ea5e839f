import { unitTests } from './configure.mjs';

export default unitTests();

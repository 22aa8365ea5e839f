import { hostileTests } from './configure.mjs';

export default hostileTests();

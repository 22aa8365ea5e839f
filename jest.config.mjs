import { allTests } from './test/jest/configure.mjs';

export default await allTests();

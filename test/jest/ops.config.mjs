import { operationTests } from './configure.mjs';

export default await operationTests();

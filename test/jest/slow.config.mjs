import { slowTests } from './configure.mjs';

export default await slowTests();

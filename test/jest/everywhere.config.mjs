import { allTests } from './configure.mjs';

export default await allTests({ isEverywhere: true });

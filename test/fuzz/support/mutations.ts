import * as fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { bodyMutations, textMutations } from './body-mutations.js';
import { headerMutations } from './header-mutations.js';
import type { Mutation } from './mutation.js';
import { pathMutations, queryMutations, spellingMutations } from './target-mutations.js';

/** One change to a request. */
export const mutations: Arbitrary<Mutation> = fc.oneof(
  { weight: 4, arbitrary: bodyMutations },
  { weight: 3, arbitrary: textMutations },
  { weight: 3, arbitrary: pathMutations },
  { weight: 3, arbitrary: spellingMutations },
  { weight: 3, arbitrary: queryMutations },
  { weight: 3, arbitrary: headerMutations },
);

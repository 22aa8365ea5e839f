import type { Misbehaviour } from '../support/misbehaviour.js';
import { BREAKING } from './breaking.js';
import { CONFUSING } from './confusing.js';
import { FLOODING } from './flooding.js';
import { INSECURE } from './insecure.js';
import { POISONOUS } from './poisonous.js';
import { refusing } from './refusing.js';
import { STALLING } from './stalling.js';

/**
 * Everything that a receiver may do to us.
 *
 * @param elsewhere a URL that nothing may ever be sent to
 */
export function misbehaviours(elsewhere: string): Misbehaviour[] {
  return Object.values(misbehavioursByKind(elsewhere)).flat();
}

/** The same, by the file that describes them. */
export function misbehavioursByKind(elsewhere: string): Record<string, Misbehaviour[]> {
  return {
    stalling: STALLING,
    flooding: FLOODING,
    breaking: BREAKING,
    confusing: CONFUSING,
    insecure: INSECURE,
    refusing: refusing(elsewhere),
    poisonous: POISONOUS,
  };
}

import type { Misbehaviour } from '../support/misbehaviour.js';
import { BREAKING } from './breaking.js';
import { CONFUSING } from './confusing.js';
import { FLOODING } from './flooding.js';
import { INSECURE } from './insecure.js';
import { POISONOUS } from './poisonous.js';
import { refusing } from './refusing.js';
import { STALLING } from './stalling.js';

/**
 * All kinds of misbehaviour of a receiver.
 *
 * @param elsewhere a URL that must get no request
 */
export function misbehaviours(elsewhere: string): Misbehaviour[] {
  return Object.values(misbehavioursByKind(elsewhere)).flat();
}

/** The same, by the file of the receivers. */
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

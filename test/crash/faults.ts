import { clock } from './clock.js';
import { control } from './control.js';
import { embeddedKill } from './embedded-kill.js';
import { herd } from './herd.js';
import { kill } from './kill.js';
import { listener } from './listener.js';
import { pause } from './pause.js';
import { poison } from './poison.js';
import { postgresDies } from './postgres-dies.js';
import { scarcity } from './scarcity.js';
import { stopEmbedded, stopOnServer } from './stop.js';
import type { Fault } from './support/fault.js';

/** All ways of breaking things, the longest first. */
export const FAULTS: Fault[] = [
  kill,
  embeddedKill,
  herd,
  stopOnServer,
  postgresDies,
  stopEmbedded,
  pause,
  control,
  clock,
  scarcity,
  listener,
  poison,
];

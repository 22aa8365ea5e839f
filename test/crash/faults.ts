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

/** The longest first. */
const ALL: Fault[] = [
  herd,
  kill,
  embeddedKill,
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

/** The faults that this machine can produce. Continuous integration requires all of them. */
export const FAULTS = ALL.filter(({ name, missing }) => {
  const what = missing?.();
  if (what === undefined) return true;
  if (process.env.CI) throw new Error(`"${name}" needs ${what}.`);
  console.warn(`"${name}" is left out: it needs ${what}.`);
  return false;
});

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PRELOAD = fileURLToPath(new URL('shift-clock.mjs', import.meta.url));
const LIBRARIES = '/usr/lib';

/** A means to shift the wall clock of a process, and its environment variables. */
export interface WrongClock {
  means: 'libfaketime' | 'preload';
  env: (shiftMs: number) => Record<string, string>;
}

/** libfaketime (Debian's package `faketime`) shifts it for all of the process; without it, only what JavaScript sees. */
export function wrongClock(): WrongClock {
  const folders = existsSync(LIBRARIES) ? readdirSync(LIBRARIES) : [];
  const library = folders.map((name) => join(LIBRARIES, name, 'faketime/libfaketimeMT.so.1')).find(existsSync);
  if (library === undefined) {
    const env = (shiftMs: number) => ({ NODE_OPTIONS: `--import=${PRELOAD}`, CLOCK_SHIFT_MS: String(shiftMs) });
    return { means: 'preload', env };
  }
  const env = (shiftMs: number) => {
    const seconds = `${shiftMs < 0 ? '' : '+'}${shiftMs / 1_000}`;
    return { LD_PRELOAD: library, FAKETIME: seconds, FAKETIME_DONT_FAKE_MONOTONIC: '1', DONT_FAKE_MONOTONIC: '1' };
  };
  return { means: 'libfaketime', env };
}

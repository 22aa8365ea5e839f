import type { Input } from './terminal.js';

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';

/**
 * Calls an action for each pressed key, without Enter.
 *
 * @param quit for Ctrl-C and Ctrl-D too: in this mode the terminal sends them as characters, and no signal
 * @returns ends it, and gives the terminal back as it was
 */
export function readKeys(stdin: Input, quit: () => void, actions: Readonly<Record<string, () => void>>): () => void {
  const onData = (chunk: Buffer | string): void => {
    for (const key of chunk.toString()) {
      if (key === CTRL_C || key === CTRL_D) quit();
      else actions[key.toLowerCase()]?.();
    }
  };
  stdin.setRawMode?.(true);
  stdin.on('data', onData);
  stdin.resume();
  return () => {
    stdin.off('data', onData);
    stdin.setRawMode?.(false);
    stdin.pause();
  };
}

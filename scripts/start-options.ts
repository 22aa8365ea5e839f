import { readFileSync } from 'node:fs';

/** The Node options that `npm start` gives: they decide how much memory V8 lets pile up, and what it costs to collect it. */
export function startOptions(): string[] {
  const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    scripts: { start: string };
  };
  return scripts.start.match(/--\S+/g) ?? [];
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bold, red } from './print.js';
import { killServers } from './server.js';
import { tellDayOfTrouble } from './day-of-trouble.js';
import { tellStory } from './story.js';

const USAGE = 'Usage: npm run demo [-- --trouble]';
const flags = process.argv.slice(2);
if (flags.some((flag) => flag !== '--trouble')) {
  console.error(USAGE);
  process.exit(2);
}

const directory = mkdtempSync(join(tmpdir(), 'docmap-demo-'));

// Cleans up after every exit: the end, a failed step, Ctrl-C.
process.on('exit', () => {
  killServers();
  rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
});
for (const [signal, code] of Object.entries({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 })) {
  process.once(signal, () => process.exit(code));
}

const begin = performance.now();
try {
  await (flags.includes('--trouble') ? tellDayOfTrouble(directory) : tellStory(directory));
  console.log(`\n${bold(`Every step succeeded, in ${Math.round((performance.now() - begin) / 1_000)} s.`)}`);
  process.exit(0);
} catch (error) {
  console.log(`\n   ${red('✗')} ${(error as Error).message}\n\nThe demo ends here because a step failed.`);
  process.exit(1);
}

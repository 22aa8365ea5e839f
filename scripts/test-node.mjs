// Runs unit tests and the demo on several versions of Node.js: npm run test:node -- [--demo] [version …]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runNpm } from './run-npm.mjs';

/** The oldest supported version, and the newest of each line. */
const VERSIONS = ['20.19.0', '22', '24'];
/** Too old: check-setup.cjs must refuse it in one sentence. */
const REFUSED = '18';

const args = process.argv.slice(2);
const demoOnly = args.includes('--demo');
const given = args.filter((arg) => !arg.startsWith('-'));
const [platform, program] = process.platform === 'win32' ? ['win', 'node.exe'] : [process.platform, 'node'];
const directory = mkdtempSync(join(tmpdir(), 'docmap-node-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
// Without this file npm would install into a project above this folder.
writeFileSync(join(directory, 'package.json'), '{}');

/** Installs a Node.js as an npm package and returns the path of its program. */
function install(version) {
  const name = `node-${platform}-${process.arch}`;
  runNpm(
    { cwd: directory },
    'install',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--no-save',
    `${name}@${version}`,
  );
  return join(directory, 'node_modules', name, 'bin', program);
}

function refuse(version) {
  const { status, stdout, stderr } = spawnSync(install(version), ['scripts/check-setup.cjs'], { encoding: 'utf8' });
  if (status !== 1 || stdout !== '' || !/^DocMap Webhooks needs Node\.js .*, and this is 18\.[^\n]*\n$/.test(stderr)) {
    console.error(`Node.js ${version} was not refused in one sentence:\n${stdout}${stderr}`);
    process.exit(1);
  }
  console.log(`Node.js ${version} is refused: ${stderr}`);
}

for (const version of given.length > 0 ? given : VERSIONS) {
  const where = { cwd: process.cwd(), node: install(version) };
  console.log(`\nNode.js ${version}:`);
  if (!demoOnly) runNpm(where, 'run', 'test:unit');
  runNpm(where, 'run', 'demo');
}
refuse(REFUSED);

// Builds the service and runs the demo in a folder whose path has letters outside ASCII, spaces and parentheses.
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runNpm } from './run-npm.mjs';

/** Korean, a letter with two Unicode forms (`ä`), a letter outside the basic plane, and special characters of shells and patterns. */
const NAME = '문서맵 ä 𠮷 (1) [b] %41 #c';

/** Copies a folder by hard links, in two seconds for 700 packages. If the target is on another disk, it copies the bytes. */
function link(from, to) {
  mkdirSync(to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) link(source, target);
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else linkOrCopy(source, target);
  }
}

function linkOrCopy(source, target) {
  try {
    linkSync(source, target);
  } catch {
    copyFileSync(source, target);
  }
}

const parent = mkdtempSync(join(tmpdir(), 'docmap-folder-'));
process.on('exit', () => rmSync(parent, { recursive: true, force: true }));
const folder = join(parent, NAME);
const tracked = execFileSync('git', ['ls-files', '-z'], { encoding: 'utf8' }).split('\0').filter(Boolean);
for (const path of tracked) cpSync(path, join(folder, path), { recursive: true });
link('node_modules', join(folder, 'node_modules'));

console.log(`In ${folder}:`);
runNpm({ cwd: folder }, 'run', 'demo');

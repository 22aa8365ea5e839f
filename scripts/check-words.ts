import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { codeFaults, markdownFaults } from './word-faults.js';

const FOLDERS = ['src', 'test', 'bench', 'scripts', 'demo', 'examples', 'docs', '*.md'];

/** The rules themselves, and their tests, contain the excluded words. The rules are for English text. */
const EXEMPT = /^scripts\/word-(?:rules|faults\.spec)\.ts$|^docs\/ko\/|\.ko\.md$/;

const files = execFileSync('git', ['ls-files', '-z', ...FOLDERS], { encoding: 'utf8' }).split('\0');
let count = 0;
for (const file of files) {
  const isMarkdown = file.endsWith('.md');
  if (EXEMPT.test(file) || file.endsWith('.api.md') || !(isMarkdown || /\.[cm]?[jt]s$/.test(file))) continue;
  const source = readFileSync(file, 'utf8');
  for (const { line, found, instead } of isMarkdown ? markdownFaults(source) : codeFaults(file, source)) {
    console.error(`${file}:${line}: "${found}": write ${instead}`);
    count += 1;
  }
}
if (count > 0) console.error(`${count} findings. The words and phrases are those of scripts/word-rules.ts.`);
process.exitCode = count === 0 ? 0 : 1;

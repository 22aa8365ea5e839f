'use strict';
const { existsSync } = require('node:fs');
const path = require('node:path');

const SUITE = '.suite.ts';
const ROOT = path.join(__dirname, '../..');

/**
 * The folder whose specs a suite runs. `test/e2e/log.suite.ts` runs those of `test/e2e/log`, and `test/e2e/root.suite.ts`
 * those next to it. `test/unit/queue.suite.ts` runs those of `src/queue`, and `test/unit/scripts.suite.ts` those of `scripts`.
 *
 * @param {string} suite its path
 */
exports.folderOf = function folderOf(suite) {
  const name = path.basename(suite, SUITE);
  const beside = path.dirname(suite);
  if (name === 'root') return beside;
  if (beside !== path.join(ROOT, 'test/unit')) return path.join(beside, name);
  const source = path.join(ROOT, 'src', name);
  return existsSync(source) ? source : path.join(ROOT, name);
};

/** @param {string} file */
exports.isSuite = (file) => file.endsWith(SUITE);

'use strict';
const path = require('node:path');

const SUITE = '.suite.ts';

/**
 * Drops the specs that a suite runs where both are selected: without a pattern, or by one that names a whole folder. A
 * pattern that names single specs selects no suite, and each of them runs as a file of its own.
 *
 * @param {string[]} files of one project
 */
module.exports = async function wholeFolders(files) {
  const covered = new Set(files.filter((file) => file.endsWith(SUITE)).map(folderOf));
  return { filtered: files.filter((file) => file.endsWith(SUITE) || !covered.has(path.dirname(file))) };
};

function folderOf(suite) {
  const name = path.basename(suite, SUITE);
  return name === 'root' ? path.dirname(suite) : path.join(path.dirname(suite), name);
}

'use strict';
const { basename, dirname, join } = require('node:path');

const SUITE = '.suite.ts';

/**
 * Drops the specs that a suite runs where both are selected: without a pattern, or by one that names a whole folder. A
 * pattern that names single specs selects no suite, and each of them runs as a file of its own.
 *
 * @param {string[]} paths of one project
 */
module.exports = async function wholeFolders(paths) {
  const covered = new Set(paths.filter((path) => path.endsWith(SUITE)).map(folderOf));
  return { filtered: paths.filter((path) => path.endsWith(SUITE) || !covered.has(dirname(path))) };
};

function folderOf(suite) {
  const name = basename(suite, SUITE);
  return name === 'root' ? dirname(suite) : join(dirname(suite), name);
}

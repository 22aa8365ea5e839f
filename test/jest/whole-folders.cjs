'use strict';
const path = require('node:path');
const { folderOf, isSuite } = require('./suite-folder.cjs');

/**
 * Drops the specs that a suite runs where both are selected: without a pattern, or by one that names a whole folder. A
 * pattern that names single specs selects no suite, and each of them runs as a file of its own.
 *
 * @param {string[]} files of one project
 */
module.exports = async function wholeFolders(files) {
  const covered = new Set(files.filter(isSuite).map(folderOf));
  return { filtered: files.filter((file) => isSuite(file) || !covered.has(path.dirname(file))) };
};

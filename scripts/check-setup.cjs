// Prints one sentence when Node.js is too old or packages are missing. It runs before everything else, on every version of
// Node.js. It therefore imports no package and uses only syntax that old versions know.
// With `--build` it then builds the service if a source is newer than the build.
'use strict';
var fs = require('fs');
var path = require('path');

var ROOT = path.join(__dirname, '..');

/** Whether a version fits a range such as `^20.19.0 || ^22.12.0 || >=24.0.0`. `engines` uses no other form. */
function fits(version, range) {
  var have = numbers(version);
  return range.split('||').some(function (part) {
    var least = numbers(part);
    var newer =
      have[0] !== least[0] ? have[0] - least[0] : have[1] !== least[1] ? have[1] - least[1] : have[2] - least[2];
    return newer >= 0 && (part.indexOf('^') < 0 || have[0] === least[0]);
  });
}

function numbers(text) {
  return text.match(/\d+/g).map(Number);
}

/** Turns `^20.19.0 || ^22.12.0 || >=24.0.0` into `20.19, 22.12 or 24`. */
function described(range) {
  var versions = range.split('||').map(function (part) {
    return part.match(/\d+\.\d+/)[0].replace(/\.0$/, '');
  });
  return versions.slice(0, -1).join(', ') + ' or ' + versions[versions.length - 1];
}

/**
 * @param manifest package.json
 * @param version such as `20.19.0`
 * @param groups the required groups: `dependencies`, `devDependencies`
 * @param isInstalled whether node_modules has the package of this name
 * @returns a sentence, or undefined without a fault
 */
function setupFault(manifest, version, groups, isInstalled) {
  if (!fits(version, manifest.engines.node)) {
    return (
      'DocMap Webhooks needs Node.js ' +
      described(manifest.engines.node) +
      ' or newer, and this is ' +
      version +
      ': install a newer one from https://nodejs.org.'
    );
  }
  var missing = groups.some(function (group) {
    return Object.keys(manifest[group]).some(function (name) {
      return !isInstalled(name);
    });
  });
  return missing ? 'The packages are not installed: run "npm ci", then this again.' : undefined;
}

module.exports = { setupFault: setupFault };

if (require.main === module) {
  var manifest = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
  var groups = process.argv.indexOf('--dev') < 0 ? ['dependencies'] : ['dependencies', 'devDependencies'];
  var fault = setupFault(manifest, process.versions.node, groups, function (name) {
    return fs.existsSync(path.join(ROOT, 'node_modules', name, 'package.json'));
  });
  if (fault !== undefined) {
    process.stderr.write(fault + '\n');
    process.exit(1);
  }
  if (process.argv.indexOf('--build') >= 0) {
    var build = require('child_process').spawnSync(process.execPath, [path.join(__dirname, 'build-if-stale.mjs')], {
      stdio: 'inherit',
    });
    if (build.status !== 0) process.exit(1);
  }
}

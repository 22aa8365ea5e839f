import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { GUIDES } from '../src/common/guides.js';
import { EXTERNAL_PACKAGES, installedFolders } from './shipped-packages.js';
import { type Sbom, shippedSbom } from './shipped-sbom.js';
import { noticedPackages } from './third-party-notices.js';

/** The folder that a machine or an image needs to run the service, next to Node.js itself. */
const [TARGET = 'dist/service'] = process.argv.slice(2);
const BUNDLES = 'dist/bundle';
/** Files of packages that no program reads: source maps, types, documents, and extensions of PGlite that are not used. */
const NOT_READ = /\.(map|[cm]?ts|md|tar\.gz)$|[\\/]log\..*\.txt$/;

const externals = installedFolders(EXTERNAL_PACKAGES, '.');
const { name, version, license, engines } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, unknown>;

rmSync(TARGET, { recursive: true, force: true });
// The programs find migrations, package.json and the template of the embedded database by their own location.
for (const path of [BUNDLES, 'dist/embedded-database.br', 'prisma/migrations', 'LICENSE']) {
  cpSync(path, join(TARGET, path), { recursive: true });
}
for (const { file } of GUIDES) cpSync(join('docs', file), join(TARGET, 'docs', file));
for (const folder of externals) {
  cpSync(folder, join(TARGET, relative('.', folder)), {
    recursive: true,
    // A nested node_modules belongs to other packages: those that are loaded are in the list themselves.
    filter: (path) => !NOT_READ.test(path) && basename(path) !== 'node_modules',
  });
}
// Scripts and development packages of the repository do not exist here.
writeJson('package.json', { name, version, license, type: 'module', engines });

// The notices name every package of the bundles, and the external ones.
const shipped = noticedPackages(readFileSync(join(BUNDLES, 'THIRD-PARTY-NOTICES.txt'), 'utf8'));
const npmSbom = execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx'], {
  encoding: 'utf8',
  maxBuffer: 64 * 1024 ** 2,
  // Windows has npm.cmd, which only a shell starts.
  shell: process.platform === 'win32',
});
writeJson('sbom.cdx.json', shippedSbom(JSON.parse(npmSbom) as Sbom, name as string, shipped));
console.log(`${TARGET} contains the service with ${shipped.size} packages.`);

function writeJson(file: string, content: object): void {
  writeFileSync(join(TARGET, file), `${JSON.stringify(content, null, 2)}\n`);
}

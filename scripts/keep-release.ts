import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants } from 'node:zlib';
import { packDirectory } from '../src/database/packed-directory.js';

/** Holds one release: a new one replaces the previous one. */
const TARGET_DIR = 'test/process/releases';

/** The files of a process on a PostgreSQL server, at their usual paths. It needs no template of the embedded database. */
const FILES = [
  'dist/bundle/main.js',
  'dist/bundle/migrate.js',
  'dist/bundle/THIRD-PARTY-NOTICES.txt',
  'prisma/migrations',
  'package.json',
];

/** A package that is not in the bundle. Its version must stay that of the release. */
const OUTSIDE = 'pg';

/** The folders of a package and of all packages that it depends on. */
async function packagesOf(name: string): Promise<string[]> {
  const { packages } = JSON.parse(await readFile('package-lock.json', 'utf8')) as {
    packages: Record<string, { dependencies?: Record<string, string> }>;
  };
  const folders = new Set([`node_modules/${name}`]);
  // The loop also visits the folders that it adds.
  for (const folder of folders) {
    for (const dependency of Object.keys(packages[folder]?.dependencies ?? {})) {
      folders.add(`node_modules/${dependency}`);
    }
  }
  return [...folders];
}

const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
const directory = await mkdtemp(join(tmpdir(), 'docmap-release-'));
try {
  for (const path of [...FILES, ...(await packagesOf(OUTSIDE))]) {
    await cp(path, join(directory, path), { recursive: true });
  }
  // The file stays in the Git history. The highest quality takes 20 s and saves a tenth of its size.
  const packed = await packDirectory(directory, constants.BROTLI_MAX_QUALITY);
  await rm(TARGET_DIR, { recursive: true, force: true });
  await mkdir(TARGET_DIR);
  const target = `${TARGET_DIR}/${version}.br`;
  await writeFile(target, packed);
  console.log(
    `Wrote ${target}: ${(packed.length / 1e6).toFixed(1)} MB. The test of rolling upgrades now starts this release.`,
  );
} finally {
  await rm(directory, { recursive: true });
}

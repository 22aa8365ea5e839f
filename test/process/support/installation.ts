import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unpackDirectory } from '../../../src/database/packed-directory.js';
import { migrationNames } from './migrations-folder.js';
import { runMigrate } from './run-migrate.js';

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));
/** Written by `npm run release:keep`. */
const RELEASES = fileURLToPath(new URL('../releases', import.meta.url));

/** The bundle loads these at its start. They are large and not tested here, so the kept release uses the project's. */
const LARGE_PACKAGES = ['@electric-sql/pglite', 'swagger-ui-dist'];

/** A version of the service in a directory of its own, with its migrations. */
export class Installation {
  private constructor(
    readonly version: string,
    readonly directory: string,
  ) {}

  /** The last released build. */
  static async ofRelease(): Promise<Installation> {
    const { version } = await readManifest();
    const file = `${version}.br`;
    const kept = await readdir(RELEASES);
    if (kept.join() !== file)
      throw new Error(`${RELEASES} has ${kept.join()}, not ${file}: run "npm run release:keep"`);
    const directory = join(await mkdtemp(join(tmpdir(), 'docmap-test-release-')), 'release');
    await unpackDirectory(await readFile(join(RELEASES, file)), directory);
    for (const name of LARGE_PACKAGES) await link(join('node_modules', name), directory);
    return new Installation(version, directory);
  }

  /** This build under another version, and with these migrations besides its own. */
  static async ofBuild(version: string, migrations: Record<string, string> = {}): Promise<Installation> {
    const directory = join(await mkdtemp(join(tmpdir(), 'docmap-test-build-')), 'build');
    for (const path of ['dist/bundle/main.js', 'dist/bundle/migrate.js', 'prisma/migrations']) {
      await cp(join(PROJECT, path), join(directory, path), { recursive: true });
    }
    await writeFile(join(directory, 'package.json'), JSON.stringify({ ...(await readManifest()), version }));
    await link('node_modules', directory);
    for (const [name, sql] of Object.entries(migrations)) {
      await mkdir(join(directory, 'prisma/migrations', name));
      await writeFile(join(directory, 'prisma/migrations', name, 'migration.sql'), sql);
    }
    return new Installation(version, directory);
  }

  /** The service's entry point. */
  get main(): string {
    return join(this.directory, 'dist/bundle/main.js');
  }

  /** The names of its migrations, oldest first. */
  migrations(): Promise<string[]> {
    return migrationNames(join(this.directory, 'prisma/migrations'));
  }

  /** Runs what `npm run migrate` runs in it. */
  migrate(env: Record<string, string>): ReturnType<typeof runMigrate> {
    return runMigrate(this.directory, env, join(this.directory, 'dist/bundle/migrate.js'));
  }

  async remove(): Promise<void> {
    await rm(dirname(this.directory), { recursive: true, force: true });
  }
}

/** The version is that of the last release until the next one. */
async function readManifest(): Promise<{ version: string }> {
  return JSON.parse(await readFile(join(PROJECT, 'package.json'), 'utf8')) as { version: string };
}

async function link(path: string, directory: string): Promise<void> {
  await mkdir(dirname(join(directory, path)), { recursive: true });
  // A kind of link that needs no special right on Windows.
  await symlink(join(PROJECT, path), join(directory, path), 'junction');
}

import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmdirSync } from 'node:fs';
import { chown, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestDatabase } from '../../support/database.js';
import { freePort } from '../../support/free-port.js';

const run = promisify(execFile);

/** PostgreSQL refuses to run as root: its files and processes belong to this user then. */
const OWNER = 'postgres';
const DEBIAN = '/usr/lib/postgresql';

/** A PostgreSQL server of the test's own, which may be crashed. It serves one database. */
export class PrivateCluster implements TestDatabase {
  private constructor(
    /** The directory of its data and its socket. */
    readonly directory: string,
    readonly port: number,
    private readonly hasOwnDisk: boolean,
  ) {}

  /** Whether this machine has the programs of PostgreSQL's server, not only of its clients. */
  static get isPossible(): boolean {
    return existsSync(join(binaries(), 'initdb'));
  }

  /** Whether a cluster can have a disk of its own. This needs the right to mount one. */
  static get canHaveDisk(): boolean {
    if (!PrivateCluster.isPossible || !isRoot()) return false;
    const directory = mkdtempSync(join(tmpdir(), 'docmap-test-disk-'));
    const { status } = spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', directory]);
    if (status === 0) spawnSync('umount', [directory]);
    rmdirSync(directory);
    return status === 0;
  }

  /** @param options.diskMiB the size of a disk of its own, in memory */
  static async create({ diskMiB }: { diskMiB?: number } = {}): Promise<PrivateCluster> {
    const cluster = await PrivateCluster.inNewDirectory(diskMiB);
    await cluster.program('initdb', ['-U', 'postgres', '--auth=trust', '--no-sync', '--encoding=UTF8']);
    await cluster.start();
    return cluster;
  }

  readonly secretsKey = randomBytes(32).toString('base64');

  get env(): Record<string, string> {
    const DATABASE_URL = `postgresql://postgres@127.0.0.1:${this.port}/postgres`;
    return { DATA_DIR: this.directory, DATABASE_URL, SECRETS_KEY: this.secretsKey };
  }

  /** Resolves when it takes connections, after it has recovered from a crash. */
  async start(): Promise<void> {
    const options = `-p ${this.port} -k ${this.directory} -c listen_addresses=127.0.0.1`;
    await this.program('pg_ctl', ['start', '-w', '-l', join(this.directory, 'log'), '-o', options]);
  }

  /** Ends all sessions, writes a checkpoint and stops, as an operator's restart does. */
  async stop(): Promise<void> {
    await this.program('pg_ctl', ['stop', '-m', 'fast', '-w']);
  }

  /** A standby with a copy of its data, which stays as it is until it is promoted. */
  async standby(): Promise<PrivateCluster> {
    const standby = await PrivateCluster.inNewDirectory();
    await this.stop();
    await run('cp', ['-a', join(this.directory, 'data'), standby.directory]);
    await this.start();
    await writeFile(join(standby.directory, 'data', 'standby.signal'), '');
    await standby.start();
    return standby;
  }

  /** Makes a standby take writes. */
  async promote(): Promise<void> {
    await this.program('pg_ctl', ['promote', '-w']);
  }

  /** Puts a file into its directory that only the server can read. */
  async write(name: string, content: string | Buffer): Promise<string> {
    const path = join(this.directory, name);
    await writeFile(path, content, { mode: 0o600 });
    if (isRoot()) await chown(path, await idOf('-u'), await idOf('-g'));
    return path;
  }

  /** Makes it read its configuration again. */
  async reload(): Promise<void> {
    await this.program('pg_ctl', ['reload']);
  }

  /** Ends all of its processes at once, without a checkpoint. The next start has to recover. */
  async crash(): Promise<void> {
    await this.program('pg_ctl', ['stop', '-m', 'immediate', '-w']);
  }

  /** Stops all of its processes for a while. Connections stay open without answers. */
  async freeze(): Promise<void> {
    for (const pid of await this.pids()) process.kill(pid, 'SIGSTOP');
  }

  async thaw(): Promise<void> {
    for (const pid of (await this.pids()).toReversed()) process.kill(pid, 'SIGCONT');
  }

  /** Fills its own disk. */
  async fillDisk(): Promise<void> {
    const file = await open(this.filler, 'w');
    const block = Buffer.alloc(1_048_576);
    try {
      for (;;) await file.write(block);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      await file.close();
    }
  }

  async freeDisk(): Promise<void> {
    await rm(this.filler);
  }

  async drop(): Promise<void> {
    await this.crash().catch(() => undefined);
    if (this.hasOwnDisk) await run('umount', [this.directory]);
    await rm(this.directory, { recursive: true, force: true });
  }

  private get filler(): string {
    return join(this.directory, 'filler');
  }

  /** The server's process, and then those it has started. */
  private async pids(): Promise<number[]> {
    const file = await readFile(join(this.directory, 'data', 'postmaster.pid'), 'utf8');
    const server = Number(file.split('\n')[0]);
    const { stdout } = await run('ps', ['-o', 'pid=', '--ppid', String(server)]);
    return [server, ...stdout.trim().split(/\s+/).map(Number)];
  }

  private static async inNewDirectory(diskMiB?: number): Promise<PrivateCluster> {
    const directory = await mkdtemp(join(tmpdir(), 'docmap-test-cluster-'));
    if (diskMiB !== undefined) await run('mount', ['-t', 'tmpfs', '-o', `size=${diskMiB}m`, 'tmpfs', directory]);
    if (isRoot()) await chown(directory, await idOf('-u'), await idOf('-g'));
    return new PrivateCluster(directory, await freePort(), diskMiB !== undefined);
  }

  private async program(name: string, args: string[]): Promise<void> {
    const asOwner = isRoot() ? ['runuser', '-u', OWNER, '--'] : [];
    const [program = '', ...rest] = [...asOwner, join(binaries(), name), '-D', join(this.directory, 'data'), ...args];
    await run(program, rest, { cwd: this.directory });
  }
}

/** The directory of `initdb` and `pg_ctl`. `TEST_POSTGRES_BIN` selects another version. */
function binaries(): string {
  if (process.env.TEST_POSTGRES_BIN) return process.env.TEST_POSTGRES_BIN;
  try {
    return execFileSync('pg_config', ['--bindir'], { encoding: 'utf8' }).trim();
  } catch {
    // Debian ships pg_config in a package of its own. The programs can be present without it.
    const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN) : [];
    return join(DEBIAN, versions.sort((a, b) => Number(a) - Number(b)).at(-1) ?? '', 'bin');
  }
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

async function idOf(which: '-u' | '-g'): Promise<number> {
  return Number((await run('id', [which, OWNER])).stdout);
}

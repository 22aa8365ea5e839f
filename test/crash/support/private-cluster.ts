import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
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
    /** Also that of its socket. */
    readonly directory: string,
    readonly port: number,
  ) {}

  /** Whether the programs of PostgreSQL's server are on this machine, and not only their clients. */
  static get isPossible(): boolean {
    return existsSync(join(binaries(), 'initdb'));
  }

  static async create(): Promise<PrivateCluster> {
    const cluster = await PrivateCluster.inNewDirectory();
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

  /** A standby with a copy of its data, which stays as it is until it is promoted. */
  async standby(): Promise<PrivateCluster> {
    const standby = await PrivateCluster.inNewDirectory();
    await this.program('pg_ctl', ['stop', '-m', 'fast', '-w']);
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

  /** Ends all of its processes at once, without a checkpoint: it has to recover at the next start. */
  async crash(): Promise<void> {
    await this.program('pg_ctl', ['stop', '-m', 'immediate', '-w']);
  }

  async drop(): Promise<void> {
    await this.crash().catch(() => undefined);
    await rm(this.directory, { recursive: true, force: true });
  }

  private static async inNewDirectory(): Promise<PrivateCluster> {
    const directory = await mkdtemp(join(tmpdir(), 'docmap-cluster-'));
    if (isRoot()) await chown(directory, await idOf('-u'), await idOf('-g'));
    return new PrivateCluster(directory, await freePort());
  }

  private async program(name: string, args: string[]): Promise<void> {
    const asOwner = isRoot() ? ['runuser', '-u', OWNER, '--'] : [];
    const [program = '', ...rest] = [...asOwner, join(binaries(), name), '-D', join(this.directory, 'data'), ...args];
    await run(program, rest, { cwd: this.directory });
  }
}

/** Where `initdb` and `pg_ctl` are; `TEST_POSTGRES_BIN` names those of another version. */
function binaries(): string {
  if (process.env.TEST_POSTGRES_BIN) return process.env.TEST_POSTGRES_BIN;
  try {
    return execFileSync('pg_config', ['--bindir'], { encoding: 'utf8' }).trim();
  } catch {
    // Debian has it in a package of its own; the programs are here all the same.
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

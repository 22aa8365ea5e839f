import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '../../support/free-port.js';

/** The path in Debian's package. */
const PROGRAM = '/usr/sbin/pgbouncer';
/** PgBouncer refuses to run as root. */
const OWNER = 'postgres';

/** A PgBouncer of the test's own in front of one server. */
export class PgBouncer {
  private constructor(
    private readonly child: ChildProcess,
    private readonly directory: string,
    private readonly target: URL,
    private readonly port: number,
  ) {}

  /** Whether PgBouncer is installed. */
  static get isPossible(): boolean {
    return existsSync(PROGRAM);
  }

  /** @param settings lines of its section `[pgbouncer]` next to those of the tests */
  static async start(
    url: string,
    poolMode: 'session' | 'transaction',
    settings: Record<string, string> = {},
  ): Promise<PgBouncer> {
    const target = new URL(url);
    const directory = await mkdtemp(join(tmpdir(), 'docmap-test-pgbouncer-'));
    const port = await freePort();
    const users = join(directory, 'users.txt');
    await writeFile(users, `"${target.username}" ""\n`);
    const lines = {
      listen_addr: '127.0.0.1',
      listen_port: port,
      unix_socket_dir: '',
      auth_type: 'trust',
      auth_file: users,
      pool_mode: poolMode,
      default_pool_size: 40,
      max_client_conn: 200,
      ...settings,
    };
    const file = join(directory, 'pgbouncer.ini');
    await writeFile(
      file,
      `[databases]\n* = host=${target.hostname} port=${target.port || 5432}\n[pgbouncer]\n` +
        Object.entries(lines)
          .map(([name, value]) => `${name} = ${value}\n`)
          .join(''),
    );
    await chmod(directory, 0o755);
    const asOwner = process.getuid?.() === 0 ? ['-u', OWNER] : [];
    const child = spawn(PROGRAM, [...asOwner, file], { stdio: ['ignore', 'ignore', 'pipe'] });
    const log: string[] = [];
    const up = new Promise<void>((resolve) => {
      createInterface(child.stderr).on('line', (line) => {
        log.push(line);
        if (line.includes('process up')) resolve();
      });
    });
    await Promise.race([
      up,
      once(child, 'exit').then(() => {
        throw new Error(`PgBouncer has ended:\n${log.join('\n')}`);
      }),
    ]);
    return new PgBouncer(child, directory, target, port);
  }

  /** The URL of the same database through it. */
  url(parameters = ''): string {
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = String(this.port);
    return `${url.href}${parameters}`;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null) {
      const ended = once(this.child, 'exit');
      this.child.kill('SIGINT');
      this.child.kill('SIGTERM');
      await ended;
    }
    await rm(this.directory, { recursive: true, force: true });
  }
}

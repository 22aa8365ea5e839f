import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { verifyWebhook } from '../../src/verify/index.js';
import { BOOTSTRAP_KEY } from '../support/bootstrap-key.js';
import { newDatabase, type TestDatabase } from '../support/database.js';
import { freePort } from '../support/free-port.js';
import { Receiver } from '../support/receiver.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';
import { describeOnServer } from './support/kinds.js';

jest.setTimeout(120_000);

const PROGRAM = fileURLToPath(new URL('../../dist/lib/cli.js', import.meta.url));
const CTRL_C = '\u0003';

/** A command in a terminal of its own. `script` of util-linux makes a pseudo-terminal. */
class TypedCommand {
  screen = '';
  private readonly child;
  private readonly watchers = new Set<() => void>();
  readonly exitCode: Promise<number | null>;

  constructor(command: string, env: Record<string, string>) {
    this.child = spawn('script', ['--quiet', '--return', '--flush', '--command', command, '/dev/null'], {
      env,
      stdio: 'pipe',
    });
    this.child.stdout.on('data', (chunk: Buffer) => {
      this.screen += chunk.toString();
      for (const watcher of this.watchers) watcher();
    });
    this.exitCode = once(this.child, 'close').then(([code]) => code as number | null);
  }

  type(keys: string): void {
    this.child.stdin.write(keys);
  }

  /** Resolves with the screen after it shows the text that many times. */
  async shows(pattern: RegExp, times = 1): Promise<string> {
    const isShown = () => [...this.screen.matchAll(new RegExp(pattern, 'g'))].length >= times;
    if (!isShown()) {
      await new Promise<void>((resolve, reject) => {
        const watch = (): void => {
          if (isShown()) resolve();
        };
        this.watchers.add(watch);
        void this.exitCode.then((code) =>
          reject(new Error(`It ended with ${code} and without ${pattern}:\n${this.screen}`)),
        );
        setTimeout(() => reject(new Error(`It does not show ${pattern}:\n${this.screen}`)), 60_000).unref();
      });
    }
    return this.screen;
  }

  kill(): void {
    this.child.kill();
  }
}

describeOnServer('The command line in a terminal', () => {
  let database: TestDatabase;
  let server: ServerProcess;
  let receiver: Receiver;
  let folder: string;
  let env: Record<string, string>;
  let port: string;
  const typed: TypedCommand[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'docmap-test-terminal-'));
    port = String(await freePort());
    database = await newDatabase('server');
    server = await startServerProcess({ database, env: { PORT: port } });
    receiver = await Receiver.start();
    env = {
      PATH: process.env.PATH ?? '',
      HOME: folder,
      TERM: 'xterm',
      DOCMAP_URL: server.url,
      DOCMAP_API_KEY: BOOTSTRAP_KEY,
    };
  });

  afterAll(async () => {
    for (const command of typed) command.kill();
    await server.kill();
    await receiver.close();
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });

  function type(command: string): TypedCommand {
    const running = new TypedCommand(`exec ${process.execPath} ${PROGRAM} ${command}`, env);
    typed.push(running);
    return running;
  }

  const run = (...args: string[]) => promisify(execFile)(process.execPath, [PROGRAM, ...args], { env });

  it('forwards events with signatures, over a crash of the server, until Ctrl-C', async () => {
    const listening = type(`listen --forward-to ${receiver.url}`);
    const secret = /Signing secret: ([0-9a-f]{64})/.exec(await listening.shows(/Listening to /))?.[1] ?? '';
    await run('trigger', 'extraction.completed', '--extraction', 'extract-1');
    await listening.shows(/extraction\.completed {2}extract-1 {2}\S*200\S* {2}\d+ ms/);
    listening.type('r');
    const [first, again] = await receiver.received(2);
    expect(again?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    for (const request of [first, again]) {
      expect(verifyWebhook(request?.body ?? '', request?.headers ?? {}, secret)).toMatchObject({
        data: { id: 'extract-1' },
      });
    }
    listening.type('o');
    await listening.shows(/"extractionId": "extract-1"/);

    await server.kill();
    await listening.shows(/Trying again/);
    server = await startServerProcess({ database, env: { PORT: port } });
    await run('trigger', 'extraction.failed', '--extraction', 'extract-2');
    await listening.shows(/extraction\.failed {2}extract-2/);
    expect(receiver.requests).toHaveLength(3);

    listening.type(CTRL_C);
    expect(await listening.exitCode).toBe(0);
  });

  it('uses the same signing secret at the next start', async () => {
    const secrets: (string | undefined)[] = [];
    for (let start = 0; start < 2; start += 1) {
      const listening = type(`listen --forward-to ${receiver.url}`);
      secrets.push(/Signing secret: (\w+)/.exec(await listening.shows(/Listening to /))?.[1]);
      listening.type('q');
      expect(await listening.exitCode).toBe(0);
    }
    expect(secrets[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(secrets[1]).toBe(secrets[0]);
  });

  it('prints colours in a terminal, and none with NO_COLOR or into a pipe', async () => {
    const playing = type(`play --port 0 --secret ${'0123456789abcdef'.repeat(4)}`);
    const url = /Listening at (\S+)\. /.exec(await playing.shows(/Listening at \S+\. /))?.[1] ?? '';
    await fetch(url, { method: 'POST', body: '{}' });
    expect(await playing.shows(/missing-header/)).toContain('\u001b[31mmissing-header');
    playing.type(CTRL_C);
    expect(await playing.exitCode).toBe(0);
    env.NO_COLOR = '1';
    const plain = type('verify --secret x --body /dev/null --header "a: b"');
    expect(await plain.exitCode).toBe(1);
    delete env.NO_COLOR;
    expect(plain.screen).toMatch(/FAILED {2}headers/);
    expect(plain.screen).not.toContain('\u001b[');
    const { stdout } = await run('webhooks', '--all');
    expect(stdout).not.toContain('\u001b[');
  });

  it('asks for a key, hides it, and stores it', async () => {
    const { DOCMAP_API_KEY: key = '', DOCMAP_URL: _url, ...others } = env;
    const asked = new TypedCommand(`exec ${process.execPath} ${PROGRAM} webhooks`, others);
    typed.push(asked);
    await asked.shows(/Address of the server/);
    asked.type(`${server.url}\r`);
    await asked.shows(/API key \(not shown\): /);
    asked.type(`${key}\r`);
    expect(await asked.exitCode).toBe(0);
    expect(asked.screen).toMatch(/Stored in .*config\.json/);
    expect(asked.screen).not.toContain(key);
    const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, 'webhooks', '--json'], { env: others });
    expect(JSON.parse(stdout)).toEqual({ data: [] });
  });
});

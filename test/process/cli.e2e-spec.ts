import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { verifyWebhook } from '../../src/verify/index.js';
import { BOOTSTRAP_KEY } from '../support/bootstrap-key.js';
import { newDatabase, type TestDatabase } from '../support/database.js';
import { freePort } from '../support/free-port.js';
import { Receiver } from '../support/receiver.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';
import { describeOnServer } from './support/kinds.js';
import { steadyOutput } from './support/steady-output.js';
import { Screen } from './support/terminal-picture.js';
import { TypedCommand } from './support/typed-command.js';

declare const TERMINAL_PICTURES: 'renew' | undefined;

jest.setTimeout(120_000);

const PROGRAM = fileURLToPath(new URL('../../dist/lib/cli.js', import.meta.url));
/** The folders of pictures, and the variables of a terminal in their language. */
const LANGUAGES: { language: string; pictures: string; locale: Record<string, string> }[] = [
  { language: 'English', pictures: 'docs/receivers/images', locale: {} },
  { language: 'Korean', pictures: 'docs/ko/receivers/images', locale: { LANG: 'ko_KR.UTF-8' } },
];
const CTRL_C = '\u0003';

describeOnServer('The command line in a terminal', () => {
  let database: TestDatabase;
  let server: ServerProcess;
  let receiver: Receiver;
  let folder: string;
  let env: Record<string, string>;
  let port: string;
  /** Texts of this run, and their replacements in pictures. */
  let known: Record<string, string>;
  const running: TypedCommand[] = [];

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
    known = {
      [server.url]: 'https://webhooks.example.com',
      [folder]: '/home/me',
    };
  });

  afterAll(async () => {
    for (const command of running) command.kill();
    await server.kill();
    await receiver.close();
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });

  function type(command: string, options: { env?: Record<string, string>; columns?: number } = {}): TypedCommand {
    const typed = new TypedCommand(command, { program: PROGRAM, folder, env, ...options });
    running.push(typed);
    return typed;
  }

  const run = (...args: string[]) => promisify(execFile)(process.execPath, [PROGRAM, ...args], { env });

  /** Creates a webhook. */
  async function create(url: string): Promise<{ id: string; secret: string }> {
    const { stdout } = await run('webhooks', 'create', url, '--json');
    const { data } = JSON.parse(stdout) as { data: { secret: string; webhook: { id: string } } };
    return { id: data.webhook.id, secret: data.secret };
  }

  /** Compares a picture of the documents with a terminal in which a command was typed. */
  async function expectPicture(file: string, typed: TypedCommand): Promise<void> {
    const screen = await Screen.of(steadyOutput(typed.transcript, known), typed.columns);
    const picture = screen.toSvg(`docmap-webhooks ${basename(file, '.svg')}`);
    if (typeof TERMINAL_PICTURES !== 'undefined') return writeFile(file, picture);
    if (picture === (await readFile(file, 'utf8').catch(() => undefined))) return;
    throw new Error(`${file} is no picture of this screen. "npm run docs:terminal" renews it.\n\n${screen.text}`);
  }

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

  it('loses nothing in a narrow terminal when a body has wide characters', async () => {
    const listening = type('listen --show-body', { columns: 60 });
    await listening.shows(/Listening to /);
    const title = '2025년 1분기 청구서와 견적서 모음 '.repeat(5).trim();
    await run('trigger', 'extraction.completed', '--extraction', 'extract-1', '--set', `data.title=${title}`);
    await listening.shows(new RegExp(`"title":"${title}"`));
    listening.type('q');
    expect(await listening.exitCode).toBe(0);
    const lines = (await Screen.of(listening.output, 60)).text.split('\n');
    expect(lines).toContainEqual(expect.stringMatching(/^\d\d:\d\d:\d\d {2}extraction\.completed {2}extract-1$/));
    expect(lines.join('').replaceAll(' ', '')).toContain(title.replaceAll(' ', ''));
  });

  it('prints colours in a terminal, and none with NO_COLOR or into a pipe', async () => {
    const playing = type(`play --port 0 --secret ${'0123456789abcdef'.repeat(4)}`);
    const url = /Listening at (\S+)\. /.exec(await playing.shows(/Listening at \S+\. /))?.[1] ?? '';
    await fetch(url, { method: 'POST', body: '{}' });
    expect(await playing.shows(/missing-header/)).toContain('\u001b[31mmissing-header');
    playing.type(CTRL_C);
    expect(await playing.exitCode).toBe(0);
    const plain = type(`verify --secret ${'0'.repeat(64)} --body /dev/null --header "a: b"`, {
      env: { ...env, NO_COLOR: '1' },
    });
    expect(await plain.exitCode).toBe(1);
    expect(plain.output).toMatch(/FAILED {2}headers/);
    expect(plain.output).not.toContain('\u001b[');
    const { stdout } = await run('webhooks', '--all');
    expect(stdout).not.toContain('\u001b[');
  });

  it('asks for a key, hides it, and stores it', async () => {
    const { DOCMAP_API_KEY: key = '', DOCMAP_URL: _url, ...others } = env;
    const asked = type('webhooks', { env: others });
    await asked.shows(/Address of the server/);
    asked.type(`${server.url}\r`);
    await asked.shows(/API key \(not shown\): /);
    asked.type(`${key}\r`);
    expect(await asked.exitCode).toBe(0);
    expect(asked.output).toMatch(/Stored in .*config\.json/);
    expect(asked.output).not.toContain(key);
    const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, 'webhooks', '--json'], { env: others });
    expect(JSON.parse(stdout)).toEqual({ data: [] });
  });

  describe.each(LANGUAGES)('that is $language', ({ pictures, locale }) => {
    const picture = (name: string) => fileURLToPath(new URL(`../../${pictures}/${name}.svg`, import.meta.url));
    const typeHere = (command: string, variables = {}) => type(command, { env: { ...env, ...locale, ...variables } });
    /** A receiver whose second answer is an error. */
    let failing: Receiver;
    let secret: string;

    beforeAll(async () => {
      failing = await Receiver.start((_request, response, number) => {
        response.writeHead(number === 2 ? 500 : 200).end();
      });
      known[failing.url] = 'http://localhost:4000/webhooks/docmap';
    });

    afterAll(() => failing.close());

    it('shows forwarded events', async () => {
      const listening = typeHere(`listen --forward-to ${failing.url}`);
      secret = /[0-9a-f]{64}/.exec(await listening.shows(/, q /))?.[0] ?? '';
      await run('trigger', 'extraction.completed', '--extraction', 'extract-1');
      await listening.shows(/extraction\.completed {2}extract-1 {2}\S*200\S* {2}\d+ ms/);
      await run('trigger', 'extraction.failed', '--extraction', 'extract-2');
      await listening.shows(/extraction\.failed {2}extract-2 {2}\S*500\S* {2}\d+ ms/);
      listening.type('r');
      await listening.shows(/extraction\.failed {2}extract-2 {2}\S*200\S* {2}\d+ ms/);
      await expectPicture(picture('listen'), listening);
      listening.type('q');
      expect(await listening.exitCode).toBe(0);
    });

    it('names the step of a recorded request that fails', async () => {
      const { method = '', path, headers = {}, body = '' } = failing.requests[0] ?? {};
      const head = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}`);
      const changed = JSON.stringify(JSON.parse(body), null, 2);
      await writeFile(join(folder, 'request.http'), `${method} ${path} HTTP/1.1\n${head.join('\n')}\n\n${changed}`);
      const verifying = typeHere('verify --secret "$SECRET" request.http', { SECRET: secret });
      expect(await verifying.exitCode).toBe(1);
      await expectPicture(picture('verify'), verifying);
    });

    it('shows requests, attempts and webhooks, and recovers missed events', async () => {
      const playPort = await freePort();
      const url = `http://127.0.0.1:${playPort}/hook`;
      known[url] = 'http://127.0.0.1:4000/hook';
      known[`:${playPort}`] = ':4000';
      known[`--port ${playPort} `] = '';
      const { id, secret: key } = await create(url);

      const playing = typeHere(`play --port ${playPort} --secret "$SECRET" --fail-first 1`, { SECRET: key });
      const following = typeHere('deliveries --follow');
      await following.shows(/Ctrl-C/);
      await playing.shows(/Ctrl-C/);
      const publishing = typeHere('trigger extraction.completed --extraction extract-1 --set data.pages=120');
      expect(await publishing.exitCode).toBe(0);
      await following.shows(/(?:attempt|시도) 2/);
      await playing.shows(/(?:attempt|시도) 2/);
      await fetch(url, { method: 'POST', body: '{}' });
      await playing.shows(/missing-header/);
      await expectPicture(picture('trigger'), publishing);
      await expectPicture(picture('play'), playing);
      await expectPicture(picture('deliveries'), following);
      following.type(CTRL_C);
      expect(await following.exitCode).toBe(0);

      const other = await create('https://your-app.com/hook');
      await run('webhooks', 'disable', other.id);
      const listing = typeHere('webhooks --all');
      expect(await listing.exitCode).toBe(0);
      await expectPicture(picture('webhooks'), listing);

      const since = new Date().toISOString();
      await run('webhooks', 'disable', id);
      for (const extraction of ['extract-2', 'extract-3']) {
        await run('trigger', 'extraction.completed', '--extraction', extraction);
      }
      await run('webhooks', 'enable', id);
      const recovering = typeHere(`recover ${id} --since ${since} --wait`);
      await recovering.shows(/\[y\/N\]/);
      recovering.type('y\r');
      expect(await recovering.exitCode).toBe(0);
      await expectPicture(picture('recover'), recovering);
      playing.type(CTRL_C);
      expect(await playing.exitCode).toBe(0);
      for (const webhook of [id, other.id]) await run('webhooks', 'delete', webhook, '--yes');
    });

    it('asks for the server and the key', async () => {
      const asking = typeHere('login');
      await asking.shows(/\[http\S+\]: /);
      asking.type('\r');
      await asking.shows(/\(.+\): /);
      asking.type(`${BOOTSTRAP_KEY}\r`);
      expect(await asking.exitCode).toBe(0);
      expect(asking.output).not.toContain(BOOTSTRAP_KEY);
      await expectPicture(picture('login'), asking);
    });
  });
});

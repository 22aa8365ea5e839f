import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connect } from './connection.js';
import { settingsFile, writeSettings } from './stored-settings.js';
import { Terminal, type Surroundings } from './terminal.js';

let folder: string;
let keys: unknown[];
let url: string;
let close: () => void;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'docmap-test-settings-'));
  keys = [];
  const server = createServer((request, response) => {
    keys.push(request.headers.authorization);
    const isRight = request.headers.authorization === 'Bearer right';
    response.writeHead(isRight ? 200 : 401);
    response.end(isRight ? '{"data":[]}' : '{"error":{"code":"UNAUTHORIZED","message":"Invalid."}}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  close = () => {
    server.closeAllConnections();
    server.close();
  };
});

afterEach(async () => {
  close();
  await rm(folder, { recursive: true });
});

/** A terminal whose user types these lines, or none. */
function surroundingsOf(lines?: string[], env: Record<string, string> = {}): Surroundings & { shown: () => string } {
  const stdin = Object.assign(new PassThrough(), { isTTY: lines !== undefined });
  let shown = '';
  const stderr = new PassThrough().on('data', (chunk: Buffer) => {
    shown += chunk.toString();
    // A person answers after the question is shown.
    if (shown.endsWith(': ') && lines && lines.length > 0) stdin.write(`${lines.shift()}\n`);
  });
  const { signal } = new AbortController();
  const all = { XDG_CONFIG_HOME: folder, ...env };
  return { stdin, stdout: new PassThrough(), stderr, env: all, platform: 'linux', signal, shown: () => shown };
}

const connectWith = (surroundings: Surroundings, options = {}) =>
  connect(surroundings, new Terminal(surroundings), options);

describe('The address and the key', () => {
  it('are asked for in a terminal, tried, and stored for their owner alone', async () => {
    const surroundings = surroundingsOf([url, 'right']);
    const client = await connectWith(surroundings);
    expect(client.url).toBe(url);
    expect(surroundings.shown()).not.toContain('right');
    const file = settingsFile(surroundings);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ url, keys: { [url]: 'right' } });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await (await connectWith(surroundingsOf())).get('webhooks');
    expect(keys).toEqual(['Bearer right', 'Bearer right']);
  });

  it('are not stored when the server refuses the key', async () => {
    const surroundings = surroundingsOf([url, 'wrong']);
    await expect(connectWith(surroundings)).rejects.toThrow(/does not know the key/);
    await expect(stat(settingsFile(surroundings))).rejects.toThrow(/ENOENT/);
  });

  it('come from options before variables before the file', async () => {
    await writeSettings(settingsFile(surroundingsOf()), { url, keys: { [url]: 'stored' } });
    const env = { DOCMAP_API_KEY: 'variable' };
    await (await connectWith(surroundingsOf())).get('webhooks').catch(() => undefined);
    await (await connectWith(surroundingsOf(undefined, env))).get('webhooks').catch(() => undefined);
    await (await connectWith(surroundingsOf(undefined, env), { key: 'right' })).get('webhooks');
    expect(keys).toEqual(['Bearer stored', 'Bearer variable', 'Bearer right']);
  });

  it('never send the stored key to another address', async () => {
    await writeSettings(settingsFile(surroundingsOf()), {
      url: 'https://other.example',
      keys: { 'https://other.example': 'right' },
    });
    await expect(connectWith(surroundingsOf(), { url })).rejects.toThrow(`There is no API key for ${url}:`);
    expect(keys).toEqual([]);
  });

  it('name the default address without a choice, and use it for a key', async () => {
    await expect(connectWith(surroundingsOf())).rejects.toThrow(/no API key for http:\/\/localhost:3000:/);
    for (const surroundings of [surroundingsOf(), surroundingsOf([])]) {
      expect((await connectWith(surroundings, { key: 'right' })).url).toBe('http://localhost:3000');
    }
  });

  it.each(['localhost:3000', 'ftp://a', 'http://user:password@a', 'x'])('refuse the address %s', async (address) => {
    await expect(connectWith(surroundingsOf(), { url: address, key: 'right' })).rejects.toThrow(/must be a URL/);
  });

  it('name a damaged file', async () => {
    const file = settingsFile(surroundingsOf());
    await writeSettings(file, { keys: {} });
    await writeFile(file, '{');
    await expect(connectWith(surroundingsOf())).rejects.toThrow(/config\.json is damaged/);
  });

  it('are in the folder of the platform', () => {
    expect(settingsFile({ env: { HOME: '/home/a' }, platform: 'linux' })).toBe(
      '/home/a/.config/docmap-webhooks/config.json',
    );
    expect(settingsFile({ env: { APPDATA: '/roaming' }, platform: 'win32' })).toBe(
      '/roaming/docmap-webhooks/config.json',
    );
    expect(settingsFile({ env: { XDG_CONFIG_HOME: '/x', APPDATA: '/roaming' }, platform: 'win32' })).toBe(
      '/x/docmap-webhooks/config.json',
    );
  });
});

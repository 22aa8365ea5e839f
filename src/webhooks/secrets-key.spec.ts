import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSecretsKey } from './secrets-key.js';

describe('The key that encrypts signing secrets', () => {
  let dataDir: string;
  let path: string;
  let logged: string[];

  beforeEach(async () => {
    dataDir = join(await mkdtemp(join(tmpdir(), 'docmap-key-')), 'data');
    path = join(dataDir, 'secrets.key');
    logged = [];
    jest.spyOn(Logger.prototype, 'log').mockImplementation((message: unknown) => void logged.push(String(message)));
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await rm(join(dataDir, '..'), { recursive: true, force: true });
  });

  const load = (secretsKey?: Buffer) => loadSecretsKey({ secretsKey, dataDir });

  it('is the configured one, and then nothing is written', async () => {
    const key = randomBytes(32);
    expect(await load(key)).toBe(key);
    await expect(stat(dataDir)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('is made at the first start, for nobody else to read, and kept', async () => {
    const key = await load();
    expect(key).toHaveLength(32);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
    expect(await readFile(path, 'utf8')).toBe(`${key.toString('base64')}\n`);
    expect(await load()).toEqual(key);
    expect(await load()).toEqual(key);
  });

  it('is another one in each data directory', async () => {
    const key = await load();
    expect((await loadSecretsKey({ secretsKey: undefined, dataDir: join(dataDir, 'other') })).equals(key)).toBe(false);
  });

  it('is closed to others at each start when they can read it', async () => {
    const key = await load();
    await chmod(path, 0o644);
    expect(await load()).toEqual(key);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(logged.at(-1)).toBe(`Other users could read ${path}: changed its mode from 0644 to 0600`);
  });

  it('is announced once, by its place alone', async () => {
    const key = await load();
    await load();
    expect(logged).toEqual([`Made the key that encrypts signing secrets: ${path}. Back it up with the data.`]);
    expect(logged.join()).not.toContain(key.toString('base64'));
  });

  it('is the same one for processes that start at the same time, and leaves nothing else behind', async () => {
    const keys = await Promise.all(Array.from({ length: 20 }, () => load()));
    expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(1);
    expect(await readdir(dataDir)).toEqual(['secrets.key']);
    expect(logged).toHaveLength(1);
  });

  it.each([
    ['hex', (key: Buffer) => key.toString('hex')],
    ['hex in capitals', (key: Buffer) => key.toString('hex').toUpperCase()],
    ['base64', (key: Buffer) => key.toString('base64')],
    ['base64 without padding', (key: Buffer) => key.toString('base64').replace('=', '')],
    ['the base64 of URLs', (key: Buffer) => key.toString('base64url')],
    ['base64 among white space', (key: Buffer) => ` \r\n${key.toString('base64')}\r\n\n`],
  ])('may be put there by hand, in %s', async (_form, write) => {
    const key = randomBytes(32);
    await mkdir(dataDir);
    await writeFile(path, write(key));
    expect(await load()).toEqual(key);
  });

  it.each([
    ['nothing', ''],
    ['a line break', '\n'],
    ['text', 'changeme'],
    ['16 bytes', randomBytes(16).toString('base64')],
    ['33 bytes', randomBytes(33).toString('base64')],
    ['two keys', `${randomBytes(32).toString('hex')}\n${randomBytes(32).toString('hex')}`],
  ])('is never replaced: a file that holds %s stops the start and stays', async (_what, content) => {
    await mkdir(dataDir);
    await writeFile(path, content);
    await expect(load()).rejects.toThrow(
      `${path} holds no key of 32 bytes in base64 or hex. Restore it from a backup.`,
    );
    expect(await readFile(path, 'utf8')).toBe(content);
  });

  it('stops the start, by the name of its file, when that can not be read', async () => {
    await mkdir(path, { recursive: true });
    await expect(load()).rejects.toMatchObject({
      name: 'ConfigError',
      faults: [expect.stringMatching(`^${path} can't be read: EISDIR`)],
    });
  });
});

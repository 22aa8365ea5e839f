import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSecretsKey } from './secrets-key.js';

describe('loadSecretsKey', () => {
  let dataDir: string;
  let path: string;
  let logged: string[];

  beforeEach(async () => {
    dataDir = join(await mkdtemp(join(tmpdir(), 'docmap-test-key-')), 'data');
    path = join(dataDir, 'secrets.key');
    logged = [];
    jest.spyOn(Logger.prototype, 'log').mockImplementation((message: unknown) => void logged.push(String(message)));
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await rm(join(dataDir, '..'), { recursive: true, force: true });
  });

  const load = (secretsKey?: Buffer) => loadSecretsKey({ secretsKey, dataDir });

  it('returns the configured key and writes nothing when SECRETS_KEY is set', async () => {
    const key = randomBytes(32);
    expect(await load(key)).toBe(key);
    await expect(stat(dataDir)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('generates a key that only its owner can read, and keeps it, when there is none', async () => {
    const key = await load();
    expect(key).toHaveLength(32);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
    expect(await readFile(path, 'utf8')).toBe(`${key.toString('base64')}\n`);
    expect(await load()).toEqual(key);
    expect(await load()).toEqual(key);
  });

  it('generates another key when the data directory is another one', async () => {
    const key = await load();
    expect((await loadSecretsKey({ secretsKey: undefined, dataDir: join(dataDir, 'other') })).equals(key)).toBe(false);
  });

  it('removes the access of other users when they can read the file', async () => {
    const key = await load();
    await chmod(path, 0o644);
    expect(await load()).toEqual(key);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(logged.at(-1)).toBe(`Other users could read ${path}: changed its mode from 0644 to 0600`);
  });

  it('logs only the path of the file, once, when it generates a key', async () => {
    const key = await load();
    await load();
    expect(logged).toEqual([`Made the key that encrypts signing secrets: ${path}. Back it up with the data.`]);
    expect(logged.join()).not.toContain(key.toString('base64'));
  });

  it('generates one key and leaves no other file when processes start at the same time', async () => {
    const keys = await Promise.all(Array.from({ length: 20 }, () => load()));
    expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(1);
    expect(await readdir(dataDir)).toEqual(['secrets.key']);
    expect(logged).toHaveLength(1);
  });

  it.each([
    ['hex', (key: Buffer) => key.toString('hex')],
    ['upper-case hex', (key: Buffer) => key.toString('hex').toUpperCase()],
    ['base64', (key: Buffer) => key.toString('base64')],
    ['base64 without padding', (key: Buffer) => key.toString('base64').replace('=', '')],
    ['base64url', (key: Buffer) => key.toString('base64url')],
    ['base64 with white space around it', (key: Buffer) => ` \r\n${key.toString('base64')}\r\n\n`],
  ])('reads a key when an operator has written it as %s', async (_form, write) => {
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
  ])('fails and keeps the file when it has %s instead of a key', async (_what, content) => {
    await mkdir(dataDir);
    await writeFile(path, content);
    await expect(load()).rejects.toThrow(
      `${path} holds no key of 32 bytes in base64 or hex. Restore it from a backup.`,
    );
    expect(await readFile(path, 'utf8')).toBe(content);
  });

  it('names the file when it cannot be read', async () => {
    await mkdir(path, { recursive: true });
    await expect(load()).rejects.toMatchObject({
      name: 'ConfigError',
      faults: [expect.stringMatching(`^${path} can't be read: EISDIR`)],
    });
  });
});

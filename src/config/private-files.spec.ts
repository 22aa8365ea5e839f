import { chmod, chown, mkdir, mkdtemp, open, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { prepareDataDir, readPrivateFile, writePrivateFile } from './private-files.js';

const IS_ROOT = process.geteuid?.() === 0;

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8);
}

function refusal(fault: RegExp) {
  return { name: 'ConfigError', faults: [expect.stringMatching(fault)] };
}

/** Makes chmod fail, as on a read-only file system, or do nothing, as on one that does not store modes. */
async function breakChmod(path: string, error?: Error): Promise<void> {
  const file = await open(path);
  const chmodOf = jest.spyOn(Object.getPrototypeOf(file) as typeof file, 'chmod');
  await file.close();
  if (error) chmodOf.mockRejectedValue(error);
  else chmodOf.mockResolvedValue();
}

describe('A private file', () => {
  let root: string;
  let logged: string[];

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'docmap-test-private-'));
    logged = [];
    jest.spyOn(Logger.prototype, 'log').mockImplementation((message: unknown) => void logged.push(String(message)));
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await rm(root, { recursive: true, force: true });
  });

  describe('that is the data directory', () => {
    it('is created with mode 0700, like its missing parents', async () => {
      const path = join(root, 'a/b');
      await prepareDataDir(path);
      expect([await modeOf(path), await modeOf(join(root, 'a'))]).toEqual(['700', '700']);
      expect(logged).toEqual([]);
    });

    it.each([
      [0o755, '700'],
      [0o777, '700'],
      [0o750, '700'],
      [0o701, '700'],
    ])('gets a private mode and a log line when its mode is %o', async (mode, after) => {
      const path = join(root, 'data');
      await mkdir(path);
      await chmod(path, mode);
      await prepareDataDir(path);
      await prepareDataDir(path);
      expect(await modeOf(path)).toBe(after);
      const before = mode.toString(8).padStart(4, '0');
      expect(logged).toEqual([`Other users could read DATA_DIR ${path}: changed its mode from ${before} to 0700`]);
    });

    it('is checked where a symbolic link leads', async () => {
      const [path, target] = [join(root, 'data'), join(root, 'disk')];
      await mkdir(target, { mode: 0o755 });
      await symlink(target, path);
      await prepareDataDir(path);
      expect(await modeOf(target)).toBe('700');
    });

    it('is rejected with a command when it belongs to another user', async () => {
      const path = IS_ROOT ? join(root, "data of 'another'") : '/';
      if (IS_ROOT) {
        await mkdir(path, { mode: 0o700 });
        await chown(path, 12_345, 0);
      }
      const refused =
        /^DATA_DIR .* belongs to user \d+, and this process runs as user \d+: type "chown \d+ .*" as root, or set DATA_DIR/;
      await expect(prepareDataDir(path)).rejects.toMatchObject(refusal(refused));
      if (IS_ROOT) await expect(prepareDataDir(path)).rejects.toThrow(`data of '\\''another'\\'''"`);
    });

    it.each([
      [new Error('EROFS: read-only file system'), /can't change that: EROFS.*Type "chmod 0700 \S+", or set DATA_DIR/],
      [undefined, /can't change that: the file system does not store modes\. Type "chmod 0700/],
    ])('is rejected with a command when its mode can not be changed (%s)', async (error, fault) => {
      await chmod(root, 0o755);
      await breakChmod(root, error);
      await expect(prepareDataDir(root)).rejects.toMatchObject(refusal(fault));
    });

    it('is rejected when it is a file', async () => {
      await writeFile(join(root, 'data'), '');
      await expect(prepareDataDir(join(root, 'data'))).rejects.toMatchObject(
        refusal(/is not a directory: choose another path/),
      );
    });
  });

  describe('with a secret', () => {
    it.each([
      [0o644, '600'],
      [0o640, '600'],
      [0o444, '400'],
      [0o666, '600'],
    ])('gets a private mode and is read when its mode is %o', async (mode, after) => {
      const path = join(root, 'secret');
      await writeFile(path, 'text');
      await chmod(path, mode);
      expect(await readPrivateFile(path, 'do this')).toBe('text');
      expect(await readPrivateFile(path, 'do this')).toBe('text');
      expect(await modeOf(path)).toBe(after);
      expect(logged).toEqual([expect.stringMatching(`^Other users could read ${path}: changed its mode from 0`)]);
    });

    it('is checked where a symbolic link leads', async () => {
      const [path, target] = [join(root, 'secret'), join(root, 'target')];
      await writeFile(target, 'text', { mode: 0o644 });
      await symlink(target, path);
      await readPrivateFile(path, 'do this');
      expect(await modeOf(target)).toBe('600');
    });

    it('is rejected with an alternative when it belongs to another user', async () => {
      const path = IS_ROOT ? join(root, 'secret') : '/etc/passwd';
      if (IS_ROOT) {
        await writeFile(path, 'text', { mode: 0o600 });
        await chown(path, 12_345, 0);
      }
      await expect(readPrivateFile(path, 'do this')).rejects.toMatchObject(
        refusal(/belongs to user \d+.*: type "chown \d+ \S+" as root, or do this$/),
      );
    });

    it('is rejected when its mode can not be changed', async () => {
      const path = join(root, 'secret');
      await writeFile(path, 'text', { mode: 0o644 });
      await breakChmod(path, new Error('EPERM: operation not permitted'));
      await expect(readPrivateFile(path, 'do this')).rejects.toMatchObject(
        refusal(/^Other users can read \S+secret \(mode 0644\).*EPERM.*Type "chmod 0600 \S+", or do this$/),
      );
    });

    it('is written with mode 0600 under any umask and leaves no other file', async () => {
      const path = join(root, 'secret');
      const umask = process.umask(0);
      try {
        expect(await writePrivateFile(path, 'one', false)).toBe(true);
        expect(await writePrivateFile(path, 'two', false)).toBe(false);
        expect(await readFile(path, 'utf8')).toBe('one');
        await chmod(path, 0o644);
        expect(await writePrivateFile(path, 'three', true)).toBe(true);
      } finally {
        process.umask(umask);
      }
      expect([await readFile(path, 'utf8'), await modeOf(path), await readdir(root)]).toEqual([
        'three',
        '600',
        ['secret'],
      ]);
    });

    it('replaces a symbolic link instead of its target', async () => {
      const [path, target] = [join(root, 'secret'), join(root, 'target')];
      await writeFile(target, 'theirs');
      await symlink(target, path);
      await writePrivateFile(path, 'mine', true);
      expect([await readFile(path, 'utf8'), await readFile(target, 'utf8')]).toEqual(['mine', 'theirs']);
    });
  });
});

import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { packDirectory, unpackDirectory } from './packed-directory.js';

/** Brotli quality that only stores. */
const LARGE = randomBytes(300_000);

describe('A packed directory', () => {
  let parent: string;
  let packed: Buffer;
  let unpacked: string;

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'docmap-packed-'));
    unpacked = join(parent, 'unpacked');
    const directory = join(parent, 'directory');
    await mkdir(join(directory, 'a', 'empty'), { recursive: true });
    await writeFile(join(directory, 'a', 'large'), LARGE);
    await writeFile(join(directory, 'a', 'nothing'), '');
    await writeFile(join(directory, '한글\n'), 'text');
    packed = await packDirectory(directory);
  });

  afterEach(() => rm(parent, { recursive: true }));

  it('restores files, empty files and empty directories', async () => {
    await unpackDirectory(packed, unpacked);
    expect((await readdir(unpacked, { recursive: true })).sort()).toEqual(
      ['a', join('a', 'empty'), join('a', 'large'), join('a', 'nothing'), '한글\n'].sort(),
    );
    expect(await readFile(join(unpacked, 'a', 'large'))).toEqual(LARGE);
    expect(await readFile(join(unpacked, 'a', 'nothing'))).toHaveLength(0);
    expect(await readFile(join(unpacked, '한글\n'), 'utf8')).toBe('text');
    expect((await readdir(join(unpacked, 'a', 'empty'))).length).toBe(0);
  });

  it('creates files that only their owner can read', async () => {
    await unpackDirectory(packed, unpacked);
    for (const path of ['', 'a', 'a/large']) expect((await stat(join(unpacked, path))).mode & 0o077).toBe(0);
  });

  it('is rejected when its end is missing', async () => {
    for (const length of [packed.length - 1, packed.length - 100_000, packed.indexOf('\n') + 1]) {
      await expect(unpackDirectory(packed.subarray(0, length), unpacked)).rejects.toThrow('unexpected end of file');
    }
  });
});

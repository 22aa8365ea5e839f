import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataDirLock } from '../../src/database/data-dir-lock.js';
import { eventually } from '../support/api-client.js';
import { describeOnLinux } from './support/platforms.js';
import { processOf, Zombie } from './support/zombie.js';

jest.setTimeout(20_000);

const IN_USE = expect.objectContaining({ name: 'DatabaseStartError', message: expect.stringContaining('in use by') });

describe('The lock of a data directory', () => {
  let directory: string;
  let path: string;
  let taken: DataDirLock[];

  /** @param patienceMs 0, because these holders stay */
  const take = async (patienceMs = 0): Promise<DataDirLock> => {
    const lock = await DataDirLock.take(directory, patienceMs);
    taken.push(lock);
    return lock;
  };
  const leaveBehind = (holder: Record<string, unknown>) =>
    writeFile(path, JSON.stringify({ token: 'theirs', host: hostname(), pid: process.pid, started: '1', ...holder }));

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'docmap-test-lock-'));
    path = join(directory, 'docmap.lock');
    taken = [];
  });

  afterEach(async () => {
    for (const lock of taken) await lock.release();
    await rm(directory, { recursive: true, force: true });
  });

  it('is refused while a living process has it, naming the process and the ways out', async () => {
    await take();
    await expect(take()).rejects.toThrow(IN_USE);
    await expect(take()).rejects.toThrow(`process ${process.pid} on ${hostname()}`);
    await expect(take()).rejects.toThrow(/stop the other one.*DATA_DIR.*DATABASE_URL/);
  });

  it('can be taken again once it is released, and leaves no file', async () => {
    await (await take()).release();
    expect(await readdir(directory)).toEqual([]);
    await expect(take()).resolves.toBeInstanceOf(DataDirLock);
  });

  it('is given to exactly one of many processes that take it at once', async () => {
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => take()));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results) if (result.status === 'rejected') expect(result.reason).toEqual(IN_USE);
    expect(await readdir(directory)).toEqual(['docmap.lock']);
  });

  it('is given to exactly one of many processes that find a dead holder at once', async () => {
    const pid = await deadPid();
    for (let round = 0; round < 20; round += 1) {
      await leaveBehind({ pid });
      const results = await Promise.allSettled(Array.from({ length: 10 }, () => take()));
      const holders = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      expect(holders).toHaveLength(1);
      await expect(take()).rejects.toThrow(IN_USE);
      await holders[0]?.release();
      expect(await readdir(directory)).toEqual([]);
    }
  });

  it('is taken over from a process that has died', async () => {
    await leaveBehind({ pid: await deadPid() });
    await take();
    expect(await holderOf(path)).toMatchObject({ pid: process.pid });
  });

  describeOnLinux('of a process that was killed', () => {
    it('is taken over when that process is a zombie', async () => {
      const zombie = await Zombie.make();
      try {
        await leaveBehind({ pid: zombie.pid, started: processOf(zombie.pid).started });
        await take();
        expect(processOf(zombie.pid).state).toBe('Z');
        expect(await holderOf(path)).toMatchObject({ pid: process.pid });
      } finally {
        await zombie.bury();
      }
    });

    it('waits while that process ends', async () => {
      const holder = spawn(process.execPath, ['--eval', 'setInterval(() => undefined, 1_000)'], { stdio: 'ignore' });
      const pid = holder.pid ?? 0;
      await leaveBehind({ pid, started: processOf(pid).started });
      await expect(take()).rejects.toThrow(IN_USE);

      const looks = jest.spyOn(process, 'kill');
      const taking = take(10_000);
      await eventually(async () => (looks.mock.calls.length > 2 ? true : undefined), 'a second look at the holder');
      looks.mockRestore();
      holder.kill('SIGKILL');
      await taking;
      expect(await holderOf(path)).toMatchObject({ pid: process.pid });
    });
  });

  it('says that the directory can not be written', async () => {
    await rm(directory, { recursive: true });
    await expect(take()).rejects.toThrow(
      expect.objectContaining({ name: 'DatabaseStartError', message: expect.stringMatching(/ENOENT.*writable/) }),
    );
  });

  it('is taken over from a process that died while it took over', async () => {
    const pid = await deadPid();
    await leaveBehind({ pid });
    await copyFile(path, `${path}.turn`);
    await take();
    expect(await readdir(directory)).toEqual(['docmap.lock']);
  });

  it('is taken over when another process has its process id, as after the restart of a container', async () => {
    await leaveBehind({ pid: process.pid, started: 'earlier' });
    await take();
    expect(await holderOf(path)).not.toMatchObject({ token: 'theirs' });
  });

  it('is taken over when its file is empty, as after a full disk', async () => {
    await writeFile(path, '');
    await take();
    expect(await holderOf(path)).toMatchObject({ pid: process.pid });
  });

  it('is respected while another machine updates it, and taken over when the updates stop', async () => {
    await leaveBehind({ host: 'another-machine' });
    await expect(take()).rejects.toThrow('on another-machine');
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(path, longAgo, longAgo);
    await take();
    expect(await holderOf(path)).toMatchObject({ host: hostname() });
  });

  it('stays with its new holder when an earlier one releases it', async () => {
    const earlier = await take();
    await leaveBehind({ pid: await deadPid() });
    await take();
    await earlier.release();
    expect(await readdir(directory)).toEqual(['docmap.lock']);
    await expect(take()).rejects.toThrow(IN_USE);
  });
});

async function holderOf(path: string): Promise<unknown> {
  return JSON.parse(await readFile(path, 'utf8'));
}

/** The id of a process that has ended. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'close');
  return child.pid ?? 0;
}

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { eventually } from '../support/api-client.js';
import { describeWithMounts } from './support/platforms.js';
import { Stage } from './support/stage.js';

jest.setTimeout(120_000);

const DRAFT = /^postgres\..+/;

const ANNOUNCED: unknown = expect.stringContaining('"msg":"Creating the embedded database in ');

describe('The first start on the embedded database', () => {
  const stage = new Stage();
  let dataDir: string;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'docmap-test-first-'));
  });

  afterEach(async () => {
    await stage.clear();
    await rm(dataDir, { recursive: true, force: true });
  });

  const start = () => stage.start({ env: { DATA_DIR: dataDir }, drop: async () => undefined });
  const startInVain = (options?: string) => {
    const script = `mount -t tmpfs -o ${options} tmpfs "$DATA_DIR" && exec "$@"`;
    const launcher = ['unshare', '--mount', 'sh', '-c', script, 'sh'] as const;
    return stage.startInVain(
      { env: { DATA_DIR: dataDir } },
      {},
      options === undefined ? {} : { launcher: [...launcher] },
    );
  };

  it('takes at most 400 MiB, and 450 MiB at its peak', async () => {
    const server = await start();
    await server.api.createWebhook('http://127.0.0.1:65000/');
    await server.api.publish();
    const status = await readFile(`/proc/${server.pid}/status`, 'utf8');
    const mebibytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1_024;
    expect(mebibytes('VmRSS')).toBeLessThanOrEqual(400);
    expect(mebibytes('VmHWM')).toBeLessThanOrEqual(450);
  });

  it('leaves a directory that the next start can use when it is killed while it makes the database', async () => {
    const killed = start().then(
      () => 'started',
      () => 'killed',
    );
    const drafts = async () => (await readdir(dataDir)).filter((name) => DRAFT.test(name));
    await eventually(async () => (await drafts())[0], 'a draft of the database');
    const { pid } = JSON.parse(await readFile(join(dataDir, 'docmap.lock'), 'utf8')) as { pid: number };
    process.kill(pid, 'SIGKILL');
    expect(await killed).toBe('killed');
    expect(await readdir(dataDir)).not.toContain('postgres');
    expect(await drafts()).toHaveLength(1);

    const { api } = await start();
    expect((await api.get('/v1/webhooks')).status).toBe(200);
    expect(await drafts()).toEqual([]);
  });

  it('uses an empty directory in the place of the database', async () => {
    await mkdir(join(dataDir, 'postgres'));
    const { api } = await start();
    expect((await api.get('/v1/webhooks')).status).toBe(200);
  });

  it('keeps other files in the directory of the database, and names them', async () => {
    await mkdir(join(dataDir, 'postgres'));
    await writeFile(join(dataDir, 'postgres', 'mine'), 'mine');
    const { code, output } = await startInVain();
    expect(code).toBe(1);
    expect(output).toEqual([
      expect.stringMatching(`^${join(dataDir, 'postgres')} is not empty .* contains no valid database\\. .* backup`),
    ]);
    expect(await readFile(join(dataDir, 'postgres', 'mine'), 'utf8')).toBe('mine');
  });

  it('says that DATA_DIR is a file', async () => {
    const DATA_DIR = join(dataDir, 'file');
    await writeFile(DATA_DIR, '');
    const { code, output } = await stage.startInVain({ env: { DATA_DIR: dataDir } }, { DATA_DIR });
    expect(code).toBe(1);
    expect(output).toEqual([
      ANNOUNCED,
      'The configuration is not valid:',
      `  DATA_DIR ${DATA_DIR} is not a directory: choose another path`,
    ]);
  });

  describeWithMounts('on a disk that can not be used', () => {
    it('says that the disk is full', async () => {
      const { code, output } = await startInVain('size=20m,mode=0700');
      expect(code).toBe(1);
      expect(output).toEqual([
        ANNOUNCED,
        expect.stringMatching(
          `^The embedded database in ${dataDir} can't be created: ENOSPC: no space left on device.* 100 MB`,
        ),
      ]);
    });

    it('says that the disk is full to the last byte', async () => {
      const { code, output } = await startInVain('size=4k,nr_inodes=1,mode=0700');
      expect(code).toBe(1);
      expect(output).toEqual([
        ANNOUNCED,
        expect.stringMatching(`^The embedded database in ${dataDir} can't be used: ENOSPC: no space left on device`),
      ]);
    });

    it('says that the disk is read-only', async () => {
      const { code, output } = await startInVain('ro,mode=0700');
      expect(code).toBe(1);
      expect(output).toEqual([
        ANNOUNCED,
        expect.stringMatching(
          `^The embedded database in ${dataDir} can't be used: EROFS: read-only file system.*writable`,
        ),
      ]);
    });
  });

  it('lets one of two that start at once have the database', async () => {
    const results = await Promise.allSettled([start(), start()]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const failure = results.find((result) => result.status === 'rejected');
    expect(failure?.reason).toMatchObject({
      output: expect.arrayContaining([expect.stringContaining('is in use by process')]),
    });
  });
});

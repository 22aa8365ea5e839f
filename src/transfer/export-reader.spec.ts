import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FORMAT, FORMAT_VERSION, type ExportHeader, type RowBatch } from './export-format.js';
import { readExport } from './export-reader.js';
import { writeExport } from './export-writer.js';
import { TransferError } from './transfer.error.js';

const HEADER: ExportHeader = {
  format: FORMAT,
  version: FORMAT_VERSION,
  release: '0.1.0',
  exportedAt: '2026-11-30T00:00:00.000Z',
  migrations: { '20261121000000_initial': 'abc' },
};
const EVENTS = { table: 'events', columns: ['id', 'payload'] };
const KEYS = { table: 'api_keys', columns: ['id'] };

async function* batchesOf(...batches: RowBatch[]): AsyncGenerator<RowBatch> {
  yield* batches;
}

async function* failingBatches(): AsyncGenerator<RowBatch> {
  yield { ...EVENTS, rows: ['["1", "x"]'] };
  throw new Error('the connection was lost');
}

async function piecesOf(path: string): Promise<Awaited<ReturnType<ReturnType<typeof readExport>['next']>>['value'][]> {
  const pieces = [];
  for await (const piece of readExport(path)) pieces.push(piece);
  return pieces;
}

describe('An export', () => {
  let directory: string;
  let file: string;
  let lines: string[];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'docmap-test-export-'));
    file = join(directory, 'export.gz');
    const rows = ['["1", "line\\nbreak"]', '["2", "\u2028 한국어 😀"]', '["3", null]'];
    await writeExport(
      file,
      HEADER,
      batchesOf({ ...KEYS, rows: [] }, { ...EVENTS, rows: rows.slice(0, 2) }, { ...EVENTS, rows: rows.slice(2) }),
    );
    lines = gunzipSync(await readFile(file))
      .toString()
      .trimEnd()
      .split('\n');
  });

  afterAll(() => rm(directory, { recursive: true }));

  const reading = async (content: Buffer | readonly string[]) => {
    const path = join(directory, 'changed.gz');
    await writeFile(path, Buffer.isBuffer(content) ? content : gzipSync(content.map((line) => `${line}\n`).join('')));
    return piecesOf(path);
  };

  it('returns the header, the rows of each table in batches, and the number of rows', async () => {
    expect(await piecesOf(file)).toEqual([
      { header: HEADER },
      { ...KEYS, rows: [] },
      {
        ...EVENTS,
        rows: ['["1", "line\\nbreak"]', '["2", "\u2028 한국어 😀"]', '["3", null]'].map((row) => `${row}\n`),
      },
      { end: { rows: { api_keys: 0, events: 3 }, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } },
    ]);
  });

  it('returns rows that are longer than a chunk of the file in small batches', async () => {
    const path = join(directory, 'large.gz');
    const rows = Array.from({ length: 250 }, (_, number) =>
      JSON.stringify([`${number}`, number < 10 ? 'x'.repeat(300_000) : 'y']),
    );
    await writeExport(path, HEADER, batchesOf({ ...EVENTS, rows }));
    const batches = (await piecesOf(path)).flatMap((piece) => (piece && 'rows' in piece ? [piece.rows] : []));
    expect(batches.flat().map((line) => line.trimEnd())).toEqual(rows);
    expect(Math.max(...batches.map((batch) => batch.length))).toBe(100);
    expect(Math.max(...batches.map((batch) => batch.join('').length))).toBeLessThan(1_500_000);
  });

  it('is refused when it is cut off at any byte', async () => {
    const packed = await readFile(file);
    for (let length = 0; length < packed.length; length += 1) {
      await expect(reading(packed.subarray(0, length))).rejects.toThrow(/ is cut off: its end is missing/);
    }
  });

  it('is refused when it is cut off at any line', async () => {
    for (let count = 0; count < lines.length; count += 1) {
      await expect(reading(lines.slice(0, count))).rejects.toThrow(/ is cut off: its end is missing/);
    }
  });

  it('is refused when any byte was altered', async () => {
    const packed = await readFile(file);
    const original = await piecesOf(file);
    for (let at = 0; at < packed.length; at += 1) {
      const changed = Buffer.from(packed);
      changed[at]! ^= 0x10;
      const result = await reading(changed).catch((error: Error) => error);
      // Bytes 4 to 9 of a gzip file are its time and system, which have no effect (RFC 1952).
      if (at >= 4 && at <= 9) expect(result).toEqual(original);
      else expect(result).toBeInstanceOf(TransferError);
    }
  });

  it.each([
    ['a line is missing', (all: string[]) => all.toSpliced(3, 1), 'its checksum does not fit'],
    ['a row was edited', (all: string[]) => all.map((line) => line.replace('break', 'brake')), 'its checksum does not'],
    ['text follows its end', (all: string[]) => [...all, all.at(-1)!], 'text follows its last line'],
    ['a row has no table', (all: string[]) => all.toSpliced(1, 2), 'a row belongs to no table'],
    ['a line is no JSON', (all: string[]) => all.with(1, '{'), 'a line is no JSON'],
    [
      'the number of rows differs',
      (all: string[]) => all.map((line) => line.replace('"events":3', '"events":4')),
      'events has 3 rows instead of 4',
    ],
  ])('is refused when %s', async (_name, change, detail) => {
    await expect(reading(change(lines))).rejects.toThrow(`was altered or damaged: ${detail}`);
  });

  it('is refused when it has another version or format, or is another file', async () => {
    const other = JSON.stringify({ ...HEADER, version: 2, release: '9.0.0' });
    await expect(reading(lines.with(0, other))).rejects.toThrow(
      /has version 2 of the format, and this release reads version 1.*made it \(9\.0\.0\)/,
    );
    for (const first of ['{"format":"another"}', 'null', 'text']) {
      await expect(reading(lines.with(0, first))).rejects.toThrow(/is not an export/);
    }
    await expect(reading(Buffer.from('PGDMP'))).rejects.toThrow(/is not an export/);
    await expect(piecesOf(directory)).rejects.toThrow(/can't be read: EISDIR/);
    await expect(piecesOf(join(directory, 'none'))).rejects.toThrow(/can't be read: ENOENT/);
  });

  it('is private, replaces no file, and leaves no file after a failure', async () => {
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await expect(writeExport(file, HEADER, batchesOf())).rejects.toThrow(/exists\. Name a file that does not exist/);
    expect(await piecesOf(file)).toHaveLength(4);
    const path = join(directory, 'failed.gz');
    await expect(writeExport(path, HEADER, failingBatches())).rejects.toThrow('the connection was lost');
    await expect(stat(path)).rejects.toThrow('ENOENT');
  });
});

import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { EndLine, ExportHeader, RowBatch } from './export-format.js';
import { TransferError } from './transfer.error.js';

/**
 * Writes an export to a new file that only its owner can read, and flushes it to disk. After a failure there is no file.
 *
 * @param batches the batches of each table are consecutive
 * @returns the last line of the file
 * @throws TransferError if the file exists or can't be created; otherwise the error of the batches or of the disk
 */
export async function writeExport(
  path: string,
  header: ExportHeader,
  batches: AsyncIterable<RowBatch>,
): Promise<EndLine> {
  const file = await open(path, 'wx', 0o600).catch(({ code, message }: NodeJS.ErrnoException) => {
    throw new TransferError(
      code === 'EEXIST' ? `${path} exists. Name a file that does not exist.` : `${path} can't be created: ${message}`,
    );
  });
  const end: { line?: EndLine } = {};
  try {
    await pipeline(Readable.from(textOf(header, batches, end)), createGzip(), file.createWriteStream({ flush: true }));
    return end.line!;
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

async function* textOf(
  header: ExportHeader,
  batches: AsyncIterable<RowBatch>,
  end: { line?: EndLine },
): AsyncGenerator<string> {
  const hash = createHash('sha256');
  const counts: Record<string, number> = {};
  const hashed = (lines: readonly string[]): string => {
    const text = lines.map((line) => `${line}\n`).join('');
    hash.update(text);
    return text;
  };
  yield hashed([JSON.stringify(header)]);
  for await (const { table, columns, rows } of batches) {
    const isFirst = counts[table] === undefined;
    counts[table] = (counts[table] ?? 0) + rows.length;
    yield hashed([...(isFirst ? [JSON.stringify({ table, columns })] : []), ...rows]);
  }
  end.line = { rows: counts, sha256: hash.digest('hex') };
  yield `${JSON.stringify(end.line)}\n`;
}

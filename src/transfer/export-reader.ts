import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import {
  BATCH_ROWS,
  FORMAT,
  FORMAT_VERSION,
  type EndLine,
  type ExportHeader,
  type RowBatch,
  type TableLine,
} from './export-format.js';
import { TransferError } from './transfer.error.js';

/** Longest line in bytes: far above a row with the largest event, and small enough for the memory. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;
/** Bytes of rows after which a batch ends, even with fewer than {@link BATCH_ROWS} rows. */
const BATCH_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

type Piece = { header: ExportHeader } | RowBatch | { end: EndLine };

/**
 * Reads an export in constant memory.
 *
 * @returns the header, then batches of rows, then the last line if the file is complete and unchanged
 * @throws TransferError if the file can't be read, is no export, is cut off or was altered
 */
export async function* readExport(path: string): AsyncGenerator<Piece> {
  const hash = createHash('sha256');
  const counts: Record<string, number> = {};
  let header: ExportHeader | undefined;
  let end: EndLine | undefined;
  let table: TableLine | undefined;
  let rows: string[] = [];
  let bytes = 0;
  const batch = (): RowBatch => ({ ...table!, rows });

  for await (const line of linesOf(path)) {
    if (end) throw altered(path, 'text follows its last line');
    const text = line.toString();
    if (!header) {
      header = readHeader(path, text);
      yield { header };
    } else if (text.startsWith('[')) {
      if (!table) throw altered(path, 'a row belongs to no table');
      counts[table.table]! += 1;
      bytes += line.length;
      rows.push(text);
      if (rows.length >= BATCH_ROWS || bytes >= BATCH_BYTES) {
        yield batch();
        [rows, bytes] = [[], 0];
      }
    } else {
      if (table) yield batch();
      [rows, bytes] = [[], 0];
      const next = readLine(path, text);
      if ('sha256' in next) {
        end = next;
        continue;
      }
      table = next;
      counts[table.table] = 0;
    }
    hash.update(line);
  }
  if (!header || !end) throw cutOff(path);
  if (hash.digest('hex') !== end.sha256) throw altered(path, 'its checksum does not fit');
  const wrong = Object.keys({ ...counts, ...end.rows }).find((name) => counts[name] !== end.rows[name]);
  if (wrong !== undefined)
    throw altered(path, `${wrong} has ${counts[wrong] ?? 0} rows instead of ${end.rows[wrong] ?? 0}`);
  yield { end };
}

/** @throws TransferError with the fault of the file */
export function altered(path: string, detail: string): TransferError {
  return new TransferError(`${path} was altered or damaged: ${detail}. Nothing was imported. Export or copy it again.`);
}

function cutOff(path: string): TransferError {
  return new TransferError(`${path} is cut off: its end is missing. Nothing was imported. Export or copy it again.`);
}

function noExport(path: string): TransferError {
  return new TransferError(`${path} is not an export: "npm run db:export" makes one. Nothing was imported.`);
}

function readHeader(path: string, text: string): ExportHeader {
  let header: Partial<ExportHeader> | null;
  try {
    header = JSON.parse(text) as Partial<ExportHeader> | null;
  } catch {
    throw noExport(path);
  }
  if (header?.format !== FORMAT) throw noExport(path);
  if (header.version !== FORMAT_VERSION) {
    throw new TransferError(
      `${path} has version ${header.version} of the format, and this release reads version ${FORMAT_VERSION}. Import it ` +
        `with the release that made it (${header.release}). Nothing was imported.`,
    );
  }
  return header as ExportHeader;
}

function readLine(path: string, text: string): TableLine | EndLine {
  try {
    return JSON.parse(text) as TableLine | EndLine;
  } catch {
    throw altered(path, 'a line is no JSON');
  }
}

/** The lines of the uncompressed file, each with its newline. */
async function* linesOf(path: string): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of uncompressed(path)) {
      let start = 0;
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, start)) {
        yield Buffer.concat([...parts, chunk.subarray(start, at + 1)]);
        [parts, size] = [[], 0];
        start = at + 1;
      }
      parts.push(chunk.subarray(start));
      size += chunk.length - start;
      if (size > MAX_LINE_BYTES) throw altered(path, `a line is longer than ${MAX_LINE_BYTES} bytes`);
    }
  } catch (error) {
    throw explained(path, error as NodeJS.ErrnoException);
  }
  if (size > 0) throw cutOff(path);
}

function uncompressed(path: string): AsyncIterable<Buffer> {
  // The last callback is required. The iteration throws the same error.
  return pipeline(createReadStream(path), createGunzip(), () => undefined);
}

function explained(path: string, error: NodeJS.ErrnoException): Error {
  if (error.code === 'Z_BUF_ERROR') return cutOff(path);
  if (error.code === 'Z_DATA_ERROR' && error.message === 'incorrect header check') return noExport(path);
  if (error.code?.startsWith('Z_')) return altered(path, error.message);
  if (error.syscall !== undefined) return new TransferError(`${path} can't be read: ${error.message}`);
  return error;
}

/**
 * The format of an export: lines of JSON, compressed with gzip.
 *
 * - The first line is an {@link ExportHeader}.
 * - Each table has a {@link TableLine}. Its rows follow, one line per row: an array with the text of each column, or null.
 *   PostgreSQL writes and reads these texts with the input and output functions of the types, as in `COPY`.
 * - The last line is an {@link EndLine}. A file without it is cut off.
 */
export const FORMAT = 'docmap-webhooks-export';

/** Increases when an older release can't read the format. */
export const FORMAT_VERSION = 1;

/** Rows per statement. One event has at most 256 KiB of data, so a batch stays far below 100 MB. */
export const BATCH_ROWS = 100;

/** Checksums of migrations by name. */
export type Migrations = Readonly<Record<string, string>>;

export interface ExportHeader {
  format: typeof FORMAT;
  version: number;
  /** The release that wrote the file. */
  release: string;
  /** ISO 8601. The snapshot is not older. */
  exportedAt: string;
  /** All migrations of the exported database. */
  migrations: Migrations;
}

export interface TableLine {
  table: string;
  columns: readonly string[];
}

export interface EndLine {
  /** Number of rows by table. */
  rows: Readonly<Record<string, number>>;
  /** SHA-256 of all earlier lines, in hex. It detects damage. It does not prove who wrote the file. */
  sha256: string;
}

/** Rows of one table. Each row is the text of a JSON array. A table without rows has one batch without rows. */
export interface RowBatch extends TableLine {
  rows: readonly string[];
}

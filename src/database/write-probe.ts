import type { Pool, QueryResult } from 'pg';

/** Refuses like PostgreSQL's own error for a write. */
const READ_ONLY = '25006';
/** `temp_file_limit` forbids temporary files (configuration_limit_exceeded): they can't show whether the disk is full. */
const NO_TEMPORARY_FILES = '53400';

/** These rows don't fit into the memory that is allowed, so PostgreSQL writes them into a temporary file. */
const SPILL = `SET LOCAL work_mem = '64kB'; SELECT count(*) FROM generate_series(1, 5000);`;

/**
 * Shows that the database can store an event, without a table or a lock of ours:
 * - A standby and a database that is set to read-only are told by their settings.
 * - A temporary file can't be written on a full disk (53100), where a small row may still find room in a page.
 * - The message makes the commit flush the log, and wait for synchronous standbys. Nobody reads it.
 */
export class WriteProbe {
  private spill = SPILL;

  constructor(private readonly pool: Pool) {}

  async run(): Promise<void> {
    const sql = `BEGIN; ${this.spill}
      SELECT CASE WHEN pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean THEN 'read-only'
        ELSE pg_logical_emit_message(true, 'docmap-webhooks', 'ready?')::text END AS written;
      COMMIT`;
    const results = await this.pool.query({ text: sql }).catch((error: Error & { code?: string }) => {
      if (error.code !== NO_TEMPORARY_FILES || this.spill === '') throw error;
      this.spill = '';
      return undefined;
    });
    if (results === undefined) return this.run();
    const [{ written } = { written: '' }] =
      (results as unknown as QueryResult<{ written: string }>[]).at(-2)?.rows ?? [];
    if (written === 'read-only') {
      throw Object.assign(new Error('the database takes no writes'), { code: READ_ONLY });
    }
  }
}

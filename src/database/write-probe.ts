import type { Pool } from 'pg';

/** Refuses like PostgreSQL's own error for a write. */
const READ_ONLY = '25006';
/** `temp_file_limit` forbids temporary files (configuration_limit_exceeded): they can't show whether the disk is full. */
const NO_TEMPORARY_FILES = '53400';

/**
 * These rows don't fit into the memory that is allowed, so PostgreSQL writes them into a temporary file. The number depends
 * on the setting, so that it is set before.
 */
const SPILL = `SELECT count(*) FROM set_config('work_mem', '64kB', true) AS setting,
  LATERAL generate_series(1, 5000 + 0 * length(setting))`;
const NO_SPILL = 'SELECT 1';

/**
 * Shows that the database can store an event, without a table or a lock of ours:
 * - A standby and a database that is set to read-only are told by their settings.
 * - A temporary file can't be written on a full disk (53100), where a small row may still find room in a page.
 * - The message makes the commit flush the log, and wait for synchronous standbys. Nobody reads it.
 *
 * It is one statement, and so a transaction of its own, also through a transaction pooler.
 */
export class WriteProbe {
  private spill = SPILL;

  constructor(private readonly pool: Pool) {}

  async run(): Promise<void> {
    const sql = `SELECT CASE WHEN pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean THEN 'read-only'
        ELSE pg_logical_emit_message(true, 'docmap-webhooks', 'ready?')::text END AS written
      FROM (${this.spill}) AS spill (rows) WHERE rows > 0`;
    const result = await this.pool
      .query<{ written: string }>({ text: sql })
      .catch((error: Error & { code?: string }) => {
        if (error.code !== NO_TEMPORARY_FILES || this.spill === NO_SPILL) throw error;
        this.spill = NO_SPILL;
        return undefined;
      });
    if (result === undefined) return this.run();
    if (result.rows[0]?.written === 'read-only') {
      throw Object.assign(new Error('the database takes no writes'), { code: READ_ONLY });
    }
  }
}

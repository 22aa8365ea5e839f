import type { Pool } from 'pg';

/** SQLSTATE of PostgreSQL for a write to a read-only database. */
const READ_ONLY = '25006';
/** SQLSTATE configuration_limit_exceeded: `temp_file_limit` forbids temporary files. They can't test the disk then. */
const NO_TEMPORARY_FILES = '53400';

/**
 * These rows exceed `work_mem`, so PostgreSQL writes them to a temporary file. The row count depends on the result of
 * `set_config`: the setting is therefore applied first.
 */
const SPILL = `SELECT count(*) FROM set_config('work_mem', '64kB', true) AS setting,
  LATERAL generate_series(1, 5000 + 0 * length(setting))`;
const NO_SPILL = 'SELECT 1';

/**
 * Checks that the database can store an event now.
 *
 * Input: none. Output: one row, `read-only` or the position in the write-ahead log. It uses none of our tables and locks.
 *
 * - Settings show a standby and a read-only database.
 * - Writing a temporary file fails on a full disk (53100), where a small row might still fit into a page.
 * - The logical message makes the commit flush the log and wait for synchronous standbys. Nobody reads it.
 *
 * It is one statement and therefore one transaction, also through a transaction pooler.
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
      throw Object.assign(new Error('the database is read-only'), { code: READ_ONLY });
    }
  }
}

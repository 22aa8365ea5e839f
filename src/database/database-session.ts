/** One session of a database. Its statements share settings and transactions. */
export interface DatabaseSession {
  /** @returns the rows of one statement */
  query<Row>(sql: string, values?: unknown[]): Promise<Row[]>;
  /** Runs several statements without values. */
  script(sql: string): Promise<void>;
}

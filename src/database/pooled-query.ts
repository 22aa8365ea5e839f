import { Query, type Client, type Connection, type QueryConfig, type QueryResult } from 'pg';

export type QueryCallback = (error: Error | undefined, result?: QueryResult) => void;

/** The extended protocol, as `pg` speaks it; its types leave it out. */
interface Wire extends Connection {
  parse(message: { text: string }): void;
  bind(message: Record<string, never>): void;
  execute(message: Record<string, never>): void;
}

/**
 * A statement for a transaction pooler. Outside of a transaction others run before it, which set what is set for a
 * transaction only. All go out at once and share a transaction, because everything up to a Sync message does
 * ("Extended Query" in PostgreSQL's manual): that costs no round trip.
 */
export class PooledQuery extends Query {
  constructor(
    private readonly client: Client,
    private readonly prologue: readonly string[],
    config: QueryConfig,
    done: QueryCallback,
  ) {
    const unnamed = { ...config, name: undefined, queryMode: 'extended' };
    super(unnamed, (error, results) => {
      // The first results are the prologue's.
      done(error, Array.isArray(results) ? (results.at(-1) as QueryResult) : results);
    });
    const submit = this.submit.bind(this);
    this.submit = (connection) => {
      if (this.client.getTransactionStatus() === 'I') {
        const wire = connection as Wire;
        for (const text of this.prologue) {
          wire.parse({ text });
          wire.bind({});
          wire.execute({});
        }
      }
      return submit(connection);
    };
  }
}

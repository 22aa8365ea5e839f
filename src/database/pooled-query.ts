import { Query, type Client, type Connection, type QueryConfig, type QueryResult } from 'pg';

export type QueryCallback = (error: Error | undefined, result?: QueryResult) => void;

/** Methods of `pg` for the extended protocol, which its types omit. */
interface Wire extends Connection {
  parse(message: { text: string }): void;
  bind(message: Record<string, never>): void;
  execute(message: Record<string, never>): void;
}

/**
 * A statement for a transaction pooler. Outside a transaction, the prologue precedes it and sets settings for the
 * transaction only.
 *
 * All messages are sent at once. They share a transaction, because a Sync message ends it ("Extended Query" in
 * PostgreSQL's manual). The prologue therefore costs no round trip.
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
      // The first results belong to the prologue.
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

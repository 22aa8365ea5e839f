/**
 * The limit of idle connections of the process. Each takes a file descriptor and about 30 KiB. Without a limit their number
 * grows with the number of users, because each user has separate connections.
 */
const MAX_IDLE = 1_024;

/** The connections without a request. Above the limit, the connection that is idle for the longest time is closed. */
export class IdleConnections {
  private readonly connections = new Set<{ close(): void }>();

  constructor(private readonly limit = MAX_IDLE) {}

  add(connection: { close(): void }): void {
    this.connections.add(connection);
    if (this.connections.size <= this.limit) return;
    for (const oldest of this.connections) {
      this.connections.delete(oldest);
      return oldest.close();
    }
  }

  delete(connection: { close(): void }): void {
    this.connections.delete(connection);
  }
}

/**
 * Limit of idle connections of the process. Each is a file descriptor and some 30 KiB, and with a pool for each user
 * their number grows with the users.
 */
const MAX_IDLE = 1_024;

/** The connections that carry no request. The one that has been idle for longest is closed when there are too many. */
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

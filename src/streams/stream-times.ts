/** The periods of event streams, in milliseconds. */
export class StreamTimes {
  /** Between two comments that keep a connection open. */
  readonly heartbeatMs: number = 15_000;
  /** The time in which a reader must take what is buffered for it. */
  readonly slowReaderMs: number = 30_000;
  /** Between two looks at the database when no notification arrives. */
  readonly pollMs: number = 1_000;
  /** Between two checks of the credentials of open streams. */
  readonly recheckMs: number = 1_000;
  /** The shortest time between two looks at the database. */
  readonly lookMs: number = 50;
  /** The shortest time after which a client opens its stream again. It waits up to twice as long, at random. */
  readonly retryMs: number = 2_000;
}

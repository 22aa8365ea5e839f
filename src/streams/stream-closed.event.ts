/** Why a stream ended: its client left, or the server ended it. */
export const CLOSE_REASONS = ['client', 'slow-reader', 'unauthorized', 'shutdown'] as const;
export type CloseReason = (typeof CLOSE_REASONS)[number];

/** A stream has ended. For the metrics. */
export class StreamClosedEvent {
  static readonly eventName = 'stream.closed';

  constructor(readonly reason: CloseReason) {}
}

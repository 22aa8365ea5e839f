/** Longest part of a response body that is kept, in bytes. */
export const KEPT_BODY_BYTES = 16_384;

/** The response of a receiver. */
export interface ReceivedResponse {
  status: number;
  headers: Record<string, string>;
  /** The first {@link KEPT_BODY_BYTES} of the body, as text that PostgreSQL can store. */
  body: string;
  /** Whether the body was longer than the kept part. */
  truncated: boolean;
}

/** The result of one attempt. */
export interface AttemptOutcome {
  /** Null without a response. */
  response: ReceivedResponse | null;
  /**
   * Null after a success: with the default sender, exactly after a 2xx status. Another sender may succeed without a response. The
   * texts are deliberately coarse: the log must not serve as a port scanner.
   */
  error: string | null;
  /** The duration of the whole attempt, in whole milliseconds. */
  durationMs: number;
}

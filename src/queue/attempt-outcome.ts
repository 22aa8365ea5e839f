/** Longest part of a response body that is kept, in bytes. */
export const KEPT_BODY_BYTES = 16_384;

/** What came back from a receiver. */
export interface ReceivedResponse {
  status: number;
  headers: Record<string, string>;
  /** The beginning of the body, as text that can be stored and shown. */
  body: string;
  /** Whether the body went on behind what was kept. */
  truncated: boolean;
}

/** What one attempt came to. */
export interface AttemptOutcome {
  /** Null where no response came. */
  response: ReceivedResponse | null;
  /** Null exactly when the response's status was 2xx. Coarse on purpose: the log is no port scanner for its reader. */
  error: string | null;
  /** From the first to the last moment of the attempt, in whole milliseconds. */
  durationMs: number;
}

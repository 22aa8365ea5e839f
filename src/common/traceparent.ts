/** `version-traceid-parentid-flags`, and more fields in later versions (W3C Trace Context, section 3.2). */
const TRACEPARENT = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;
const NO_TRACE_ID = '0'.repeat(32);
const NO_PARENT_ID = '0'.repeat(16);
/** The flag for "the caller may have recorded the trace". Other flags have no meaning in version 00. */
const SAMPLED = 1;

/**
 * The value of a `traceparent` header, in version 00 of W3C Trace Context. A later version is read as far as version 00 goes.
 *
 * @returns null for a missing, repeated or invalid header. The caller then has no trace, and no error: see section 4.3
 */
export function traceparentOf(header: string | string[] | undefined): string | null {
  if (typeof header !== 'string') return null;
  const [, version, traceId, parentId, flags = '', rest] = TRACEPARENT.exec(header) ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && rest !== undefined)) return null;
  if (traceId === NO_TRACE_ID || parentId === NO_PARENT_ID) return null;
  return `00-${traceId}-${parentId}-0${Number.parseInt(flags, 16) & SAMPLED}`;
}

/** The parts of a valid `traceparent` of version 00. */
export function partsOf(traceparent: string): { traceId: string; spanId: string; traceFlags: number } {
  return {
    traceId: traceIdOf(traceparent),
    spanId: traceparent.slice(36, 52),
    traceFlags: Number.parseInt(traceparent.slice(53), 16),
  };
}

/** The trace id of a valid `traceparent`. */
export function traceIdOf(traceparent: string): string {
  return traceparent.slice(3, 35);
}

/**
 * Collects an error, its causes, and the errors inside an `AggregateError`. Each is visited once, because an error can be
 * its own cause.
 */
export function causesOf(error: unknown, found = new Set<object>()): Set<object> {
  if (typeof error !== 'object' || error === null || found.has(error)) return found;
  found.add(error);
  const { cause, errors } = error as { cause?: unknown; errors?: unknown };
  for (const inner of [cause, ...(Array.isArray(errors) ? (errors as unknown[]) : [])]) causesOf(inner, found);
  return found;
}

import { EventTypes } from './event-types.js';

/**
 * The names that Swagger shows. It reads them from decorators, which all applications of a process share: the lists have the
 * types of all applications that run, or of one while its document is made.
 */
export const DOCUMENTED: { readonly published: string[]; readonly logged: string[] } = { published: [], logged: [] };

/** The schema of event types in requests. */
export const EVENT_TYPE_ENUM = {
  enum: DOCUMENTED.published,
  enumName: 'EventType',
  enumSchema: { description: 'The event types that a webhook can subscribe to.' },
};

const running = new Set<EventTypes>();
const NONE = new EventTypes();

/** Shows the types of an application that starts. */
export function showEventTypes(types: EventTypes): void {
  running.add(types);
  show(running);
}

/** Shows the types of an application no longer. */
export function hideEventTypes(types: EventTypes): void {
  running.delete(types);
  show(running);
}

/** Shows only the types of one application while its document is made. */
export function showingOnly<Result>(types: EventTypes, make: () => Result): Result {
  show([types]);
  try {
    return make();
  } finally {
    show(running);
  }
}

function show(catalogues: Iterable<EventTypes>): void {
  const all = [NONE, ...catalogues];
  fill(
    DOCUMENTED.published,
    all.flatMap(({ published }) => published),
  );
  const test = NONE.logged.slice(NONE.published.length);
  fill(DOCUMENTED.logged, [...all.flatMap(({ published }) => published), ...test]);
}

function fill(list: string[], names: readonly string[]): void {
  list.splice(0, list.length, ...new Set(names));
}

show([]);

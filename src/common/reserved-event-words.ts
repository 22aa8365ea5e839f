/** First words of the event types that only the service itself publishes. No application defines types with them. */
export const RESERVED_EVENT_WORDS: readonly string[] = ['attempts', 'delivery', 'docmap', 'webhook'];

/** Whether only the service itself publishes events of this type. */
export function isReservedEvent(name: string): boolean {
  return RESERVED_EVENT_WORDS.includes(name.split('.', 1)[0] ?? '');
}

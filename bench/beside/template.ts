/** The values of an event's placeholders. None of them needs an escape in JSON or in a URL. */
type EventValues = Record<'id' | 'uuid' | 'text' | 'timestamp', string>;

const EVENT_NAMES: readonly string[] = ['id', 'uuid', 'text', 'timestamp'] satisfies (keyof EventValues)[];
const PLACEHOLDER = /\{\{([^{}]*)\}\}/g;

/** A text with placeholders of events, such as `{"id":"{{id}}"}`. */
export class Template {
  private readonly parts: readonly string[];

  private constructor(text: string) {
    // Splitting by a pattern with a group keeps the names: they are at the odd places.
    this.parts = text.split(PLACEHOLDER);
  }

  /**
   * Reads a text, and fills in the placeholders that do not depend on an event.
   *
   * @param constants the values of the other placeholders
   * @throws Error that names an unknown placeholder, and those that exist
   */
  static of(text: string, constants: Readonly<Record<string, string | undefined>>): Template {
    const filled = text.replaceAll(PLACEHOLDER, (placeholder, name: string) => {
      if (EVENT_NAMES.includes(name)) return placeholder;
      const value = Object.hasOwn(constants, name) ? constants[name] : undefined;
      if (value !== undefined) return value;
      const known = [...EVENT_NAMES, ...Object.keys(constants).filter((each) => !each.startsWith('env.')), 'env.NAME'];
      throw new Error(
        name.startsWith('env.')
          ? `the environment has no variable ${name.slice('env.'.length)}`
          : `there is no placeholder ${placeholder}; there are: ${known.map((each) => `{{${each}}}`).join(', ')}`,
      );
    });
    return new Template(filled);
  }

  /** @returns the text, which must not depend on an event */
  constant(): string {
    const [text = '', placeholder] = this.parts;
    if (placeholder === undefined) return text;
    throw new Error(`{{${placeholder}}} is not possible here, because it differs from event to event`);
  }

  has(name: keyof EventValues): boolean {
    return this.parts.some((part, index) => index % 2 === 1 && part === name);
  }

  render(values: EventValues): string {
    return this.parts.map((part, index) => (index % 2 === 1 ? values[part as keyof EventValues] : part)).join('');
  }
}

/** A value in a phrase. A text or number is the same in every language; a phrase is translated with the phrase around it. */
export type PhraseValue = string | number | Phrase;

/** Gives the translation of an English template. A template without a translation stays as it is. */
export type Translate = (english: string) => string;

/**
 * A text for people: its English template and the values of its placeholders, such as `{{bytes}}`.
 *
 * The English template is the key of its translations. A value is never read as a template, whatever a caller put into it.
 */
export class Phrase {
  /** Made by {@link text}, which checks the names of the values. */
  constructor(
    readonly english: string,
    readonly values: Readonly<Record<string, PhraseValue>> = {},
  ) {}

  /** The text in the language of a translator. */
  in(translate: Translate): string {
    return translate(this.english).replace(/\{\{(\w+)\}\}/g, (placeholder, name: string) => {
      if (!Object.hasOwn(this.values, name)) return placeholder;
      const value = this.values[name];
      return value instanceof Phrase ? value.in(translate) : String(value);
    });
  }

  /** The English text. */
  toString(): string {
    return this.in((english) => english);
  }
}

/** The names of the placeholders of a template. */
type Names<Template extends string> = Template extends `${string}{{${infer Name}}}${infer Rest}`
  ? Name | Names<Rest>
  : never;

/**
 * Makes a phrase. `npm run check:translations` reports templates without a translation: a template is one literal, not an
 * expression.
 *
 * @param values exactly one value for each placeholder of the template
 */
export function text<const Template extends string>(
  template: Template,
  ...[values]: [Names<Template>] extends [never] ? [] : [values: Record<Names<Template>, PhraseValue>]
): Phrase {
  return new Phrase(template, values);
}

/** A text as a phrase: a template without values. A text of a host application has no translation. */
export function phraseOf(message: string | Phrase): Phrase {
  return typeof message === 'string' ? new Phrase(message) : message;
}

/** Joins texts. The separator is the same in every language. */
export function joined(parts: readonly PhraseValue[], separator: string): Phrase {
  return new Phrase(parts.map((_, index) => `{{${index}}}`).join(separator), Object.fromEntries(parts.entries()));
}

/** Puts texts together, such as the parts of a path. */
export function concat(...parts: PhraseValue[]): PhraseValue {
  return parts.some((part) => part instanceof Phrase) ? joined(parts, '') : parts.join('');
}

/** Translations by their English templates. */
export type Catalogue = Readonly<Record<string, string>>;

/** The translator of some catalogues. */
export function translatorOf(...catalogues: readonly Catalogue[]): Translate {
  const translations = new Map(catalogues.flatMap((catalogue) => Object.entries(catalogue)));
  return (english) => translations.get(english) ?? english;
}

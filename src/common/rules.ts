import { ValidateBy } from 'class-validator';
import type { Phrase, PhraseValue } from '../translations/phrase.js';

/** A fault of a value: makes the message from the path of its field. */
export type Fault = (field: PhraseValue) => Phrase;

/** The demand on a value. The message about it also has the value, or says that it is missing. */
export interface Requirement {
  /** A noun with its article, such as `an array`. */
  right: PhraseValue;
  hint?: Phrase;
}

/** Finds the fault of a value. Undefined for a valid value. */
export type Rule = (value: unknown, object: object) => Fault | Requirement | undefined;

/**
 * Makes a class-validator rule.
 *
 * @param right the valid values: a noun with its article
 */
export function Must(name: string, right: Phrase, holds: (value: unknown) => boolean): PropertyDecorator {
  return ruleBy(name, (value) => (holds(value) ? undefined : { right }));
}

/** Makes a class-validator rule with a message that depends on the value. */
export function ruleBy(name: string, faultOf: Rule): PropertyDecorator {
  return ValidateBy(
    {
      name,
      validator: {
        validate: (value, args) => faultOf(value, args?.object ?? {}) === undefined,
        defaultMessage: (args) => {
          const fault = faultOf(args?.value, args?.object ?? {});
          return `${args?.property}${fault ? englishFault(fault) : ''}`;
        },
      },
    },
    // The message of class-validator is a finished text, for applications that validate our classes themselves.
    { context: { [RULE]: faultOf } },
  );
}

/** The rule of an error of class-validator, by the context of the error. Undefined for a rule of an application. */
export function ruleOf(context: unknown): Rule | undefined {
  return (context as { [RULE]?: Rule } | undefined)?.[RULE];
}

/** A symbol: it is not in the JSON of an error. */
const RULE = Symbol('rule');

/** A fault in English, as text after the name of a property. */
function englishFault(fault: Fault | Requirement): string {
  if (typeof fault === 'function') return String(fault(''));
  const { right, hint } = fault;
  return ` must be ${String(right)}${hint ? `; ${String(hint)}` : ''}`;
}

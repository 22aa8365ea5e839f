import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { ValidateIf } from 'class-validator';
import { concat, text, type Phrase, type PhraseValue } from '../translations/phrase.js';
import { Must, ruleBy, type Fault } from './rules.js';
import { isTimestamp, meantTime } from './timestamp.js';
import { choices, shown } from './validation-error.js';

/** Skips all rules of an absent field. Unlike `IsOptional`, it does not skip them for null. */
export function MayBeAbsent(): PropertyDecorator {
  return ValidateIf((_object, value) => value !== undefined);
}

/** Valid values: a fixed list, or the list of the application that received the object. */
type Allowed = readonly string[] | ((object: object) => readonly string[]);

function allowedFor(object: object, allowed: Allowed): readonly string[] {
  return typeof allowed === 'function' ? allowed(object) : allowed;
}

/**
 * The field must be one of a few values.
 *
 * @param what the kind of value with its article, such as `an event type`
 */
export function OneOf(allowed: Allowed, what: Phrase): PropertyDecorator {
  return ruleBy('oneOf', (value, object) => {
    const values = allowedFor(object, allowed);
    if (value === undefined) return missing(choices(values));
    return values.includes(value as string)
      ? undefined
      : (field) => notOneOf(field, value, what, choices(values, value));
  });
}

/**
 * The field must be an array of one or more of a few values, without repetition.
 *
 * The first error ends the check, and at most one element more than there are valid values is read. `ArrayUnique`
 * compares all pairs, which took 4.3 s for 80,000 elements.
 *
 * @param kind.what the kind of value with its article, such as `an event type`
 * @param kind.noun the same without the article
 * @param proposed the valid values that a message proposes in place of an invalid one. Default: all
 */
export function ListOf(
  allowed: Allowed,
  { what, noun }: { what: Phrase; noun: Phrase },
  proposed = (_given: unknown, values: readonly string[]): readonly string[] => values,
): PropertyDecorator {
  return ruleBy('listOf', (value, object) => {
    const values = allowedFor(object, allowed);
    const right = choices(proposed(undefined, values));
    if (value === undefined) return missing(right);
    if (!Array.isArray(value)) {
      return {
        right: text('an array of {{choices}}, such as ["{{example}}"]', { choices: right, example: values[0] ?? '' }),
      };
    }
    if (value.length === 0) {
      return (field) => text('{{field}} must name at least one {{noun}}: {{right}}', { field, noun, right });
    }
    const end = Math.min(value.length, values.length + 1);
    for (let index = 0; index < end; index += 1) {
      const element: unknown = value[index];
      if (!values.includes(element as string)) {
        return (field) =>
          notOneOf(concat(field, `[${index}]`), element, what, choices(proposed(element, values), element));
      }
      if (value.indexOf(element) < index) return repeated(index, element);
    }
    return undefined;
  });
}

/** The fault of a value that is missing. */
export function missing(right: PhraseValue): Fault {
  return (field) => text('{{field}} is missing; use {{right}}', { field, right });
}

/** The message about a value that is not one of a few. */
export function notOneOf(field: PhraseValue, value: unknown, what: Phrase, right: PhraseValue): Phrase {
  return text('{{field}}: {{value}} is not {{what}}; use {{right}}', { field, value: shown(value), what, right });
}

function repeated(index: number, element: unknown): Fault {
  return (field) =>
    text('{{field}}: {{value}} must not repeat', { field: concat(field, `[${index}]`), value: shown(element) });
}

/**
 * The field is a map and stays unchanged. class-transformer would drop keys such as `constructor` and `toString`.
 */
export function AsGiven(): PropertyDecorator {
  return applyDecorators(
    // A primitive type keeps class-transformer from visiting the members of the object.
    Type(() => Boolean),
    Transform(({ obj, key }: { obj: Record<string, unknown>; key: string }) => obj[key]),
  );
}

/**
 * Text that PostgreSQL can store and a page can show: well-formed Unicode without control characters.
 *
 * @param min minimum length in Unicode code points, which JSON Schema counts too
 * @param max maximum length in Unicode code points
 */
export function PlainText(min: number, max: number, decorate: typeof ApiProperty = ApiProperty) {
  return applyDecorators(
    Must('plainText', plainTextOf(min, max), (value) => isPlainText(value, min, max)),
    decorate({ type: String, minLength: min, maxLength: max }),
  );
}

/** The valid values of {@link isPlainText}, for messages. */
export function plainTextOf(min: number, max: number): Phrase {
  return text('text of {{min}} to {{max}} characters without control characters', { min, max });
}

export function isPlainText(value: unknown, min: number, max: number): value is string {
  if (typeof value !== 'string') return false;
  // A code point has at most two UTF-16 units. A text of more than 2 × max units is too long without counting.
  const length = value.length > 2 * max ? value.length : [...value].length;
  if (length < min || length > max) return false;
  // oxlint-disable-next-line no-control-regex -- the rule rejects control characters
  return value.isWellFormed() && !/[\u0000-\u001f\u007f-\u009f]/.test(value);
}

const EXTERNAL_ID = /^[\x21-\x7e]{1,128}$/;
/** The valid values of {@link isExternalId}, for messages. */
export const EXTERNAL_ID_TEXT = text('a text of 1 to 128 visible ASCII characters');

/** An id that another system assigned: 1 to 128 visible ASCII characters. */
export function ExternalId(example?: string, decorate: typeof ApiProperty = ApiProperty) {
  return applyDecorators(
    Must('externalId', EXTERNAL_ID_TEXT, isExternalId),
    decorate({
      type: String,
      minLength: 1,
      maxLength: 128,
      pattern: '^[\\x21-\\x7e]+$',
      ...(example === undefined ? {} : { example }),
    }),
  );
}

export function isExternalId(value: unknown): value is string {
  return typeof value === 'string' && EXTERNAL_ID.test(value);
}

/** The most ids in one field of a request. */
export const MOST_IDS = 100;

/**
 * The field must be an array of 1 to {@link MOST_IDS} ids, without repetition. The first error ends the check.
 *
 * @param right the valid values, such as `an array of 1 to 100 ids of delivery records`
 * @param fault the message about an element that is no id
 * @param rules `keyOf` gives equal keys to different spellings of one id. Default: each id has one spelling
 */
export function IdList(
  right: Phrase,
  fault: (field: PhraseValue, value: PhraseValue) => Phrase,
  { isId, keyOf = (id) => id }: { isId: (value: unknown) => boolean; keyOf?: (id: string) => string },
): PropertyDecorator {
  return ruleBy('idList', (value) => {
    if (value === undefined) return missing(right);
    if (!Array.isArray(value)) return { right };
    if (value.length === 0 || value.length > MOST_IDS) {
      return (field) => text('{{field}} must be {{right}}, not {{value}}', { field, right, value: value.length });
    }
    const seen = new Set<string>();
    for (const [place, id] of value.entries()) {
      if (!isId(id)) return (field) => fault(concat(field, `[${place}]`), shown(id));
      const key = keyOf(id as string);
      if (seen.has(key)) return repeated(place, id);
      seen.add(key);
    }
    return undefined;
  });
}

/** A whole number, for messages. */
export function wholeNumber(min: number, max: number): Phrase {
  return text('a whole number from {{min}} to {{max}}', { min, max });
}

/** The field must be a whole number. */
export function WholeNumber(min: number, max: number): PropertyDecorator {
  return Must('wholeNumber', wholeNumber(min, max), (value) => isWholeNumber(value, min, max));
}

export function isWholeNumber(value: unknown, min: number, max: number): value is number {
  return Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
}

/** The field must be true or false. */
export function TrueOrFalse(): PropertyDecorator {
  return Must('trueOrFalse', text('true or false'), (value) => typeof value === 'boolean');
}

/** The parameter of a query must be a text. A repeated one is an array. */
export function GivenOnce(): PropertyDecorator {
  return ruleBy('givenOnce', (value) => (typeof value === 'string' ? undefined : givenOnce));
}

/** The fault of a parameter that is repeated. */
export function givenOnce(field: PhraseValue): Phrase {
  return text('{{field}} must be given once', { field });
}

/** An optional whole number in a query. Only digits are accepted. */
export function IntegerQuery(min: number, max: number, fallback: number) {
  return applyDecorators(
    Transform(({ value }) => (typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value)),
    MayBeAbsent(),
    WholeNumber(min, max),
    ApiPropertyOptional({ type: 'integer', minimum: min, maximum: max, default: fallback }),
  );
}

/** The optional cursor of a page in a query. */
export function CursorQuery() {
  return applyDecorators(
    MayBeAbsent(),
    Must('cursor', text('the nextCursor of an earlier page'), (value) => typeof value === 'string'),
    ApiPropertyOptional({ description: 'The `nextCursor` of the previous page.' }),
  );
}

/** A time in RFC 3339 form with an offset, such as 2025-01-20T14:30:04.000Z, in the years 1 to 9999 UTC. */
export function Timestamp() {
  return ruleBy('timestamp', (value) => {
    if (isTimestamp(value)) return undefined;
    const right = text('an ISO 8601 time with an offset, such as 2025-01-20T14:30:04.000Z');
    const meant = meantTime(value);
    return meant === undefined ? { right } : { right, hint: text('did you mean {{meant}}?', { meant }) };
  });
}

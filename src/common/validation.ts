import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { IsInt, IsString, Max, Min, ValidateBy, ValidateIf } from 'class-validator';
import { isTimestamp, meantTime } from './timestamp.js';
import { choices, shown } from './validation-error.js';

/** Makes a class-validator rule. `text` follows the name of the property in the message. */
export function Rule(name: string, text: string, holds: (value: unknown) => boolean): PropertyDecorator {
  return ValidateBy({
    name,
    validator: { validate: holds, defaultMessage: (args) => `${args?.property} ${text}` },
  });
}

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
export function OneOf(allowed: Allowed, what: string): PropertyDecorator {
  return ruleBy('oneOf', (value, object) => {
    const values = allowedFor(object, allowed);
    if (value === undefined) return ` is missing; use ${choices(values)}`;
    return values.includes(value as string)
      ? undefined
      : `: ${shown(value)} is not ${what}; use ${choices(values, value)}`;
  });
}

/**
 * The field must be an array of one or more of a few values, without repetition.
 *
 * The first error ends the check, and at most one element more than there are valid values is read. `ArrayUnique`
 * compares all pairs, which took 4.3 s for 80,000 elements.
 *
 * @param what the kind of value with its article, such as `an event type`
 * @param proposed the valid values that a message proposes in place of an invalid one. Default: all
 */
export function ListOf(
  allowed: Allowed,
  what: string,
  proposed = (_given: unknown, values: readonly string[]): readonly string[] => values,
): PropertyDecorator {
  return ruleBy('listOf', (value, object) => {
    const values = allowedFor(object, allowed);
    const right = choices(proposed(undefined, values));
    if (value === undefined) return ` is missing; use ${right}`;
    if (!Array.isArray(value)) return ` must be an array of ${right}, such as ["${values[0]}"]`;
    if (value.length === 0) return ` must name at least one ${what.replace(/^an? /, '')}: ${right}`;
    const end = Math.min(value.length, values.length + 1);
    for (let index = 0; index < end; index += 1) {
      const element: unknown = value[index];
      if (!values.includes(element as string))
        return `[${index}]: ${shown(element)} is not ${what}; use ${choices(proposed(element, values), element)}`;
      if (value.indexOf(element) < index) return `[${index}]: ${shown(element)} must not repeat`;
    }
    return undefined;
  });
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
 * Makes a class-validator rule with a message that depends on the value.
 *
 * @param faultOf returns the rest of the message after the name of the property, or undefined for a valid value
 */
export function ruleBy(
  name: string,
  faultOf: (value: unknown, object: object) => string | undefined,
): PropertyDecorator {
  return ValidateBy({
    name,
    validator: {
      validate: (value, args) => faultOf(value, args?.object ?? {}) === undefined,
      defaultMessage: (args) => `${args?.property}${faultOf(args?.value, args?.object ?? {}) ?? ''}`,
    },
  });
}

/**
 * Text that PostgreSQL can store and a page can show: well-formed Unicode without control characters.
 *
 * @param min minimum length in Unicode code points, which JSON Schema counts too
 * @param max maximum length in Unicode code points
 */
export function PlainText(min: number, max: number, decorate: typeof ApiProperty = ApiProperty) {
  return applyDecorators(
    Rule('plainText', `must be text of ${min} to ${max} characters without control characters`, (value) =>
      isPlainText(value, min, max),
    ),
    decorate({ type: String, minLength: min, maxLength: max }),
  );
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

/** An id that another system assigned: 1 to 128 visible ASCII characters. */
export function ExternalId(example?: string, decorate: typeof ApiProperty = ApiProperty) {
  return applyDecorators(
    Rule('externalId', 'must be a text of 1 to 128 visible ASCII characters', isExternalId),
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
 * @param what the ids, such as `ids of delivery records`
 * @param fault the rest of the message about an element that is no id
 * @param rules `keyOf` gives equal keys to different spellings of one id. Default: each id has one spelling
 */
export function IdList(
  what: string,
  fault: string,
  { isId, keyOf = (id) => id }: { isId: (value: unknown) => boolean; keyOf?: (id: string) => string },
): PropertyDecorator {
  const right = `an array of 1 to ${MOST_IDS} ${what}`;
  return ruleBy('idList', (value) => {
    if (value === undefined) return ` is missing; use ${right}`;
    if (!Array.isArray(value) || value.length === 0 || value.length > MOST_IDS) {
      return ` must be ${right}${Array.isArray(value) ? `, not ${value.length}` : ''}`;
    }
    const seen = new Set<string>();
    for (const [place, id] of value.entries()) {
      if (!isId(id)) return `[${place}]: ${shown(id)} ${fault}`;
      const key = keyOf(id as string);
      if (seen.has(key)) return `[${place}]: ${shown(id)} must not repeat`;
      seen.add(key);
    }
    return undefined;
  });
}

/** An optional whole number in a query. Only digits are accepted. */
export function IntegerQuery(min: number, max: number, fallback: number) {
  return applyDecorators(
    Transform(({ value }) => (typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value)),
    MayBeAbsent(),
    IsInt({ message: `$property must be a whole number from ${min} to ${max}` }),
    Min(min, { message: `$property must be a whole number from ${min} to ${max}` }),
    Max(max, { message: `$property must be a whole number from ${min} to ${max}` }),
    ApiPropertyOptional({ type: 'integer', minimum: min, maximum: max, default: fallback }),
  );
}

/** The optional cursor of a page in a query. */
export function CursorQuery() {
  return applyDecorators(
    MayBeAbsent(),
    IsString({ message: '$property must be the nextCursor of an earlier page' }),
    ApiPropertyOptional({ description: 'The `nextCursor` of the previous page.' }),
  );
}

/** A time in RFC 3339 form with an offset, such as 2025-01-20T14:30:04.000Z, in the years 1 to 9999 UTC. */
export function Timestamp() {
  return ruleBy('timestamp', (value) => {
    if (isTimestamp(value)) return undefined;
    const right = 'an ISO 8601 time with an offset, such as 2025-01-20T14:30:04.000Z';
    const meant = meantTime(value);
    return meant === undefined ? ` must be ${right}` : ` must be ${right}; did you mean ${meant}?`;
  });
}

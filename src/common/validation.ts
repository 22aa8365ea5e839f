import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, Max, Min, ValidateBy, ValidateIf, type ValidationError } from 'class-validator';
import { DomainError } from './domain-error.js';

/** A rule of ours in class-validator's form. `text` goes on after the property's name. */
export function Rule(name: string, text: string, holds: (value: unknown) => boolean): PropertyDecorator {
  return ValidateBy({
    name,
    validator: { validate: holds, defaultMessage: (args) => `${args?.property} ${text}` },
  });
}

/** The field may be left out. Unlike `IsOptional`, null is not taken for left out. */
export function MayBeAbsent(): PropertyDecorator {
  return ValidateIf((_object, value) => value !== undefined);
}

/**
 * Text that PostgreSQL can store and a page can show: well-formed, without control characters.
 *
 * @param min its least length in characters (Unicode code points), as JSON Schema counts them
 * @param max its greatest
 */
export function PlainText(min: number, max: number, decorate: typeof ApiProperty = ApiProperty) {
  return applyDecorators(
    Rule('plainText', `must be text of ${min} to ${max} characters without control characters`, (value) => {
      if (typeof value !== 'string') return false;
      // A code point takes at most two units: what is longer than that need not be counted.
      const length = value.length > 2 * max ? value.length : [...value].length;
      if (length < min || length > max) return false;
      // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
      return value.isWellFormed() && !/[\u0000-\u001f\u007f-\u009f]/.test(value);
    }),
    decorate({ type: String, minLength: min, maxLength: max }),
  );
}

const EXTERNAL_ID = /^[\x21-\x7e]{1,128}$/;

/** The id of something outside of this service: 1 to 128 visible ASCII characters. */
export function ExternalId(example: string, decorate: typeof ApiProperty = ApiProperty) {
  return applyDecorators(
    Rule('externalId', 'must be 1 to 128 visible ASCII characters', isExternalId),
    decorate({ type: String, minLength: 1, maxLength: 128, pattern: '^[\\x21-\\x7e]+$', example }),
  );
}

export function isExternalId(value: unknown): value is string {
  return typeof value === 'string' && EXTERNAL_ID.test(value);
}

/** An optional whole number in a query; anything but digits is refused. */
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

/** A time as ISO 8601 with its offset, such as 2025-01-20T14:30:04.000Z, in the years 1 to 9999 of UTC. */
export function Timestamp() {
  return Rule('timestamp', 'must be an ISO 8601 time with an offset, such as 2025-01-20T14:30:04.000Z', isTimestamp);
}

/** What ISO 8601 and `Date` both understand, with an offset that some place on earth has. */
const TIMESTAMP =
  /^(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00)$/;
/** Outside of these years neither JSON nor PostgreSQL takes what `Date` writes. */
const FIRST_TIME = Date.parse('0001-01-01T00:00:00.000Z');
const LAST_TIME = Date.parse('9999-12-31T23:59:59.999Z');

export function isTimestamp(value: unknown): value is string {
  const [text, day] = (typeof value === 'string' && TIMESTAMP.exec(value)) || [];
  if (text === undefined || day === undefined) return false;
  const time = Date.parse(text);
  if (!(time >= FIRST_TIME && time <= LAST_TIME)) return false;
  // `Date` takes 30 February for 2 March.
  return new Date(`${day}T00:00:00.000Z`).toISOString().startsWith(day);
}

/** All that is wrong with a request, as one error whose message names each field. */
export function validationError(errors: ValidationError[]): DomainError {
  return new DomainError('VALIDATION_ERROR', errors.flatMap((error) => messagesOf(error, '')).join('; '));
}

function messagesOf({ property, constraints, children }: ValidationError, parent: string): string[] {
  const path = parent === '' ? property : `${parent}.${property}`;
  // One message a field: the rules of a field overlap, and the first says what to do.
  const own = Object.entries(constraints ?? {}).slice(-1);
  return [
    ...own.map(([rule, message]) => {
      if (rule === 'whitelistValidation') return `${path} should not exist`;
      return parent === '' ? message : `${parent}.${message}`;
    }),
    ...(children ?? []).flatMap((child) => messagesOf(child, path)),
  ];
}

import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsISO8601, IsInt, Matches, Max, Min, ValidateBy, ValidateIf, type ValidationError } from 'class-validator';
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

/** Text that PostgreSQL can store and a page can show: well-formed, without control characters. */
export function PlainText(min: number, max: number, decorate: typeof ApiProperty = ApiProperty) {
  return applyDecorators(
    Rule('plainText', `must be text of ${min} to ${max} characters without control characters`, (value) => {
      if (typeof value !== 'string' || value.length < min || value.length > max) return false;
      // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
      return value.isWellFormed() && !/[\u0000-\u001f\u007f-\u009f]/.test(value);
    }),
    decorate({ type: String, minLength: min, maxLength: max }),
  );
}

/** The id of something outside of this service: 1 to 128 visible ASCII characters. */
export function ExternalId(example: string, decorate: typeof ApiProperty = ApiProperty) {
  return applyDecorators(
    Matches(/^[\x21-\x7e]{1,128}$/, { message: '$property must be 1 to 128 visible ASCII characters' }),
    decorate({ type: String, minLength: 1, maxLength: 128, pattern: '^[\\x21-\\x7e]+$', example }),
  );
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

/** A time as ISO 8601 with its offset, such as 2025-01-20T14:30:04.000Z. */
export function Timestamp() {
  const text = '$property must be an ISO 8601 time with an offset, such as 2025-01-20T14:30:04.000Z';
  return applyDecorators(
    IsISO8601({ strict: true, strictSeparator: true }, { message: text }),
    Matches(/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/, { message: text }),
  );
}

/** All that is wrong with a request, as one error whose message names each field. */
export function validationError(errors: ValidationError[]): DomainError {
  return new DomainError('VALIDATION_ERROR', errors.flatMap((error) => messagesOf(error, '')).join('; '));
}

function messagesOf({ property, constraints, children }: ValidationError, parent: string): string[] {
  const path = parent === '' ? property : `${parent}.${property}`;
  // One message a field: the rules of a field overlap, and the first says what to do.
  const own = Object.values(constraints ?? {}).slice(-1);
  return [
    ...own.map((message) => (parent === '' ? message : `${parent}.${message}`)),
    ...(children ?? []).flatMap((child) => messagesOf(child, path)),
  ];
}

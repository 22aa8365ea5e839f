import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { ValidateIf } from 'class-validator';
import { isObject } from '../common/is-object.js';
import { ruleBy, type Fault, type Requirement } from '../common/rules.js';
import { AsGiven } from '../common/validation.js';
import { shownName } from '../common/validation-error.js';
import { concat, text, type Phrase, type PhraseValue } from '../translations/phrase.js';

const MAX_HEADERS = 10;
const MAX_NAME_LENGTH = 64;
const MAX_VALUE_LENGTH = 1_024;

/** Shown in place of each value. In a change, it keeps the stored value. */
export const MASK = '********';

/** The fault of a mask without a stored value. */
export function maskedFault(field: PhraseValue): Phrase {
  return text('{{field}} must be the value itself, not "{{mask}}"', { field, mask: MASK });
}

/** The headers that an owner adds to requests, by name. */
export type WebhookHeaders = Readonly<Record<string, string>>;

/** The names of tokens (RFC 9110, section 5.6.2). */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/;
/** Visible ASCII characters, with spaces between them. */
const VALUE = /^[\x21-\x7e](?:[\x20-\x7e]{0,1022}[\x21-\x7e])?$/;

const RIGHT_VALUE = text('a text of 1 to {{max}} visible ASCII characters, with spaces only between them', {
  max: MAX_VALUE_LENGTH,
});

/** Headers that this service sets, and headers of a connection (RFC 9110, section 7.6.1). Nothing may add them. */
const RESERVED =
  /^(accept|accept-encoding|connection|content-.*|expect|host|http2-settings|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|user-agent|webhook-.*|x-docmap-.*)$/;
/** The trace of an attempt. */
const TRACE = /^(traceparent|tracestate)$/;

/** @param name in lower case */
export function isReservedHeader(name: string): boolean {
  return RESERVED.test(name);
}

/** The schema of headers in the OpenAPI document. */
const HEADERS_SCHEMA = {
  type: 'object' as const,
  maxProperties: MAX_HEADERS,
  propertyNames: { type: 'string', minLength: 1, maxLength: MAX_NAME_LENGTH },
  additionalProperties: { type: 'string', minLength: 1, maxLength: MAX_VALUE_LENGTH },
};

/**
 * Declares a field of a request that has headers: its rule and its schema.
 *
 * @param options.keeps whether {@link MASK} and null are accepted
 */
export function HeadersField({ keeps = false } = {}): PropertyDecorator {
  return applyDecorators(
    ValidateIf((_object, value) => value !== undefined && !(keeps && value === null)),
    AsGiven(),
    ruleBy('headers', (value) => faultOf(value, keeps)),
    ApiPropertyOptional({ ...HEADERS_SCHEMA, ...(keeps ? { nullable: true } : {}) }),
  );
}

/** The first fault of a field's value. It never has a value of a header. */
function faultOf(value: unknown, keeps: boolean): Fault | Requirement | undefined {
  if (!isObject(value)) return { right: text('an object of texts, such as {"x-api-key": "…"}') };
  const entries = Object.entries(value);
  if (entries.length > MAX_HEADERS) {
    const count = entries.length;
    return (field) => text('{{field}} has {{count}} names; use at most {{max}}', { field, count, max: MAX_HEADERS });
  }
  const seen = new Set<string>();
  for (const [name, content] of entries) {
    const lowerCase = name.toLowerCase();
    const inner = (field: PhraseValue): PhraseValue => concat(field, '.', shownName(name));
    if (!NAME.test(name)) {
      return (field) =>
        text('{{field}}: {{name}} is not the name of a header; use 1 to {{max}} letters, digits and hyphens', {
          field,
          name: shownName(name),
          max: MAX_NAME_LENGTH,
        });
    }
    if (isReservedHeader(lowerCase) || TRACE.test(lowerCase)) {
      return (field) => text('{{field}} is set by the service or by HTTP; use another name', { field: inner(field) });
    }
    if (seen.has(lowerCase)) {
      return (field) => text('{{field}} must not repeat: case does not matter', { field: inner(field) });
    }
    seen.add(lowerCase);
    if (typeof content !== 'string' || !VALUE.test(content)) {
      return (field) => text('{{field}} must be {{right}}', { field: inner(field), right: RIGHT_VALUE });
    }
    if (content === MASK && !keeps) return (field) => maskedFault(inner(field));
  }
  return undefined;
}

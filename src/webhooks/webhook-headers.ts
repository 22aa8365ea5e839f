import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { ValidateIf } from 'class-validator';
import { isObject } from '../common/is-object.js';
import { AsGiven, ruleBy } from '../common/validation.js';
import { shownName } from '../common/validation-error.js';

const MAX_HEADERS = 10;
const MAX_NAME_LENGTH = 64;
const MAX_VALUE_LENGTH = 1_024;

/** Shown in place of each value. In a change, it keeps the stored value. */
export const MASK = '********';

/** The headers that an owner adds to requests, by name. */
export type WebhookHeaders = Readonly<Record<string, string>>;

/** The names of tokens (RFC 9110, section 5.6.2). */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/;
/** Visible ASCII characters, with spaces between them. */
const VALUE = /^[\x21-\x7e](?:[\x20-\x7e]{0,1022}[\x21-\x7e])?$/;

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

/** The first fault of a field's value, as text to follow the name of the field. It never has a value of a header. */
function faultOf(value: unknown, keeps: boolean): string | undefined {
  if (!isObject(value)) return ' must be an object of texts, such as {"x-api-key": "…"}';
  const entries = Object.entries(value);
  if (entries.length > MAX_HEADERS) return ` has ${entries.length} names; use at most ${MAX_HEADERS}`;
  const seen = new Set<string>();
  for (const [name, text] of entries) {
    const lowerCase = name.toLowerCase();
    if (!NAME.test(name)) {
      return `: ${shownName(name)} is not the name of a header; use 1 to ${MAX_NAME_LENGTH} letters, digits and hyphens`;
    }
    if (isReservedHeader(lowerCase) || TRACE.test(lowerCase)) {
      return `.${shownName(name)} is set by the service or by HTTP; use another name`;
    }
    if (seen.has(lowerCase)) return `.${shownName(name)} must not repeat: case does not matter`;
    seen.add(lowerCase);
    if (typeof text !== 'string' || !VALUE.test(text)) {
      return `.${shownName(name)} must be a text of 1 to ${MAX_VALUE_LENGTH} visible ASCII characters, with spaces only between them`;
    }
    if (text === MASK && !keeps) return `.${shownName(name)} must be the value itself, not "${MASK}"`;
  }
  return undefined;
}

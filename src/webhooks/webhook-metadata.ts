import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { AsGiven, isPlainText, ruleBy } from '../common/validation.js';
import { isObject } from '../common/is-object.js';
import { shown, shownName } from '../common/validation-error.js';

const MAX_KEYS = 20;
const MAX_KEY_LENGTH = 40;
const MAX_VALUE_LENGTH = 500;

/** Texts that an application keeps with a webhook, by key: at most 20 keys of 1 to 40 characters. A value has at most 500. */
export type WebhookMetadata = Readonly<Record<string, string>>;

/** The metadata of a webhook that has none. */
export const NO_METADATA: WebhookMetadata = Object.freeze({});

/** The schema of metadata in the OpenAPI document. */
export const METADATA_SCHEMA = {
  type: 'object' as const,
  maxProperties: MAX_KEYS,
  propertyNames: { type: 'string', minLength: 1, maxLength: MAX_KEY_LENGTH },
  additionalProperties: { type: 'string', maxLength: MAX_VALUE_LENGTH },
};

/** Declares a field of a request that has metadata: its rule and its schema. */
export function MetadataField(options: { nullable?: true } = {}): PropertyDecorator {
  return applyDecorators(
    AsGiven(),
    ruleBy('metadata', faultOf),
    ApiPropertyOptional({ ...METADATA_SCHEMA, ...options }),
  );
}

/** The first fault of a field's value, as text to follow the name of the field. */
function faultOf(value: unknown): string | undefined {
  if (!isObject(value)) return ' must be an object of texts, such as {"team": "billing"}';
  const entries = Object.entries(value);
  if (entries.length > MAX_KEYS) return ` has ${entries.length} keys; use at most ${MAX_KEYS}`;
  for (const [key, text] of entries) {
    if (!isPlainText(key, 1, MAX_KEY_LENGTH)) {
      return `: ${shown(key)} is not a key; use 1 to ${MAX_KEY_LENGTH} characters without control characters`;
    }
    if (!isPlainText(text, 0, MAX_VALUE_LENGTH)) {
      const right = `text of 0 to ${MAX_VALUE_LENGTH} characters without control characters`;
      return `.${shownName(key)} must be ${right}, not ${shown(text)}`;
    }
  }
  return undefined;
}

import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { ruleBy, type Fault, type Requirement } from '../common/rules.js';
import { AsGiven, isPlainText, plainTextOf } from '../common/validation.js';
import { isObject } from '../common/is-object.js';
import { shown, shownName } from '../common/validation-error.js';
import { concat, text } from '../translations/phrase.js';

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

/** The first fault of a field's value. */
function faultOf(given: unknown): Fault | Requirement | undefined {
  if (!isObject(given)) return { right: text('an object of texts, such as {"team": "billing"}') };
  const entries = Object.entries(given);
  if (entries.length > MAX_KEYS) {
    const count = entries.length;
    return (field) => text('{{field}} has {{count}} keys; use at most {{max}}', { field, count, max: MAX_KEYS });
  }
  for (const [key, value] of entries) {
    if (!isPlainText(key, 1, MAX_KEY_LENGTH)) {
      return (field) =>
        text('{{field}}: {{key}} is not a key; use 1 to {{max}} characters without control characters', {
          field,
          key: shown(key),
          max: MAX_KEY_LENGTH,
        });
    }
    if (!isPlainText(value, 0, MAX_VALUE_LENGTH)) {
      return (field) =>
        text('{{field}} must be {{right}}, not {{value}}', {
          field: concat(field, '.', shownName(key)),
          right: plainTextOf(0, MAX_VALUE_LENGTH),
          value: shown(value),
        });
    }
  }
  return undefined;
}

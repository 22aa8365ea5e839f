import { isObject } from '../common/is-object.js';
import { choices, shownName } from '../common/validation-error.js';
import { MASK, maskedFault } from './webhook-headers.js';
import type { Fault } from '../common/rules.js';
import { missing, notOneOf } from '../common/validation.js';
import { concat, text, type Phrase } from '../translations/phrase.js';

/** A field of an authentication: a text, and its valid form for messages. */
interface FieldRule {
  /** Whether a text is valid. Not called for texts that are too long. */
  isValid: (value: string) => boolean;
  maxLength: number;
  right: Phrase;
  isSecret?: true;
  isOptional?: true;
}

/** `VSCHAR` of RFC 6749, appendix A. */
const VISIBLE = /^[\x20-\x7e]+$/;
/** `scope` of RFC 6749, appendix A.4. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/;

const credential = (maxLength: number): FieldRule => ({
  isValid: (value) => VISIBLE.test(value),
  maxLength,
  right: text('a text of 1 to {{max}} ASCII characters without control characters', { max: maxLength }),
});
/** The form of PEM texts is checked later: see `client-certificate.ts`. */
const PEM: FieldRule = {
  isValid: (value) => value.includes('-----BEGIN '),
  maxLength: 16_384,
  right: text('a text in PEM form of at most 16384 characters, which begins with -----BEGIN'),
};

const RULES: Readonly<Record<string, Readonly<Record<string, FieldRule>>>> = {
  oauth2: {
    // `checkTargetUrl` checks the form of the URL.
    tokenUrl: {
      isValid: () => true,
      maxLength: Infinity,
      right: text('a text such as https://login.your-app.com/oauth2/token'),
    },
    clientId: credential(256),
    clientSecret: { ...credential(1_024), isSecret: true },
    scope: {
      isValid: (value) => SCOPE.test(value),
      maxLength: 1_024,
      right: text(
        'a text of 1 to 1024 characters: scopes of visible ASCII without " and \\, separated by single spaces',
      ),
      isOptional: true,
    },
  },
  mtls: { certificate: PEM, privateKey: { ...PEM, isSecret: true } },
};

/**
 * The first fault of an authentication. It never has the value of a field except `type`: it may be a secret in the wrong
 * place.
 *
 * @param keeps whether {@link MASK} is accepted as the secret
 */
export function faultOfAuth(value: unknown, keeps: boolean): Fault | undefined {
  if (!isObject(value)) {
    return (field) => text('{{field}} is no object; use an object with type oauth2 or mtls, or null', { field });
  }
  const { type, ...fields } = value as Record<string, unknown>;
  const types = choices(Object.keys(RULES));
  if (type === undefined) return (field) => missing(types)(concat(field, '.type'));
  const kind = typeof type === 'string' && Object.hasOwn(RULES, type) ? type : '';
  const rules = RULES[kind];
  if (!rules) return (field) => notOneOf(concat(field, '.type'), type, text('a kind of authentication'), types);
  const unknown = Object.keys(fields).find((name) => !Object.hasOwn(rules, name));
  if (unknown !== undefined) {
    return (field) =>
      text('{{field}} should not exist; the fields of {{kind}} are {{fields}}', {
        field: concat(field, '.', shownName(unknown)),
        kind,
        fields: Object.keys(rules).join(', '),
      });
  }
  for (const [name, rule] of Object.entries(rules)) {
    const fault = faultOfField(fields[name], rule, keeps);
    if (fault !== undefined) return (field) => fault(concat(field, '.', name));
  }
  return undefined;
}

function faultOfField(value: unknown, rule: FieldRule, keeps: boolean): Fault | undefined {
  const { isValid, maxLength, right, isSecret, isOptional } = rule;
  if (value === undefined) {
    return isOptional ? undefined : (field) => text('{{field}} is missing; it must be {{right}}', { field, right });
  }
  if (isSecret && value === MASK) return keeps ? undefined : maskedFault;
  if (typeof value !== 'string' || value.length > maxLength || !isValid(value)) {
    return (field) => text('{{field}} must be {{right}}', { field, right });
  }
  return undefined;
}

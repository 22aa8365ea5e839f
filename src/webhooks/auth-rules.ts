import { isObject } from '../common/is-object.js';
import { choices, shown, shownName } from '../common/validation-error.js';
import { MASK } from './webhook-headers.js';

/** A field of an authentication: a text, and its valid form for messages. */
interface FieldRule {
  /** Whether a text is valid. Not called for texts that are too long. */
  isValid: (text: string) => boolean;
  maxLength: number;
  right: string;
  isSecret?: true;
  isOptional?: true;
}

/** `VSCHAR` of RFC 6749, appendix A. */
const VISIBLE = /^[\x20-\x7e]+$/;
/** `scope` of RFC 6749, appendix A.4. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/;

const credential = (maxLength: number): FieldRule => ({
  isValid: (text) => VISIBLE.test(text),
  maxLength,
  right: `a text of 1 to ${maxLength} ASCII characters without control characters`,
});
/** The form of PEM texts is checked later: see `client-certificate.ts`. */
const PEM: FieldRule = {
  isValid: (text) => text.includes('-----BEGIN '),
  maxLength: 16_384,
  right: 'a text in PEM form of at most 16384 characters, which begins with -----BEGIN',
};

const RULES: Readonly<Record<string, Readonly<Record<string, FieldRule>>>> = {
  oauth2: {
    // `checkTargetUrl` checks the form of the URL.
    tokenUrl: {
      isValid: () => true,
      maxLength: Infinity,
      right: 'a text such as https://login.your-app.com/oauth2/token',
    },
    clientId: credential(256),
    clientSecret: { ...credential(1_024), isSecret: true },
    scope: {
      isValid: (text) => SCOPE.test(text),
      maxLength: 1_024,
      right: 'a text of 1 to 1024 characters: scopes of visible ASCII without " and \\, separated by single spaces',
      isOptional: true,
    },
  },
  mtls: { certificate: PEM, privateKey: { ...PEM, isSecret: true } },
};

/**
 * The first fault of an authentication, as text to follow the name of the field. It never has the value of a field except
 * `type`: it may be a secret in the wrong place. A text that begins with " must be " would get the value.
 *
 * @param keeps whether {@link MASK} is accepted as the secret
 */
export function faultOfAuth(value: unknown, keeps: boolean): string | undefined {
  if (!isObject(value)) return ' is no object; use an object with type oauth2 or mtls, or null';
  const { type, ...fields } = value as Record<string, unknown>;
  if (type === undefined) return `.type is missing; use ${choices(Object.keys(RULES))}`;
  const kind = typeof type === 'string' && Object.hasOwn(RULES, type) ? type : '';
  const rules = RULES[kind];
  if (!rules) return `.type: ${shown(type)} is not a kind of authentication; use ${choices(Object.keys(RULES))}`;
  const unknown = Object.keys(fields).find((name) => !Object.hasOwn(rules, name));
  if (unknown !== undefined) {
    return `.${shownName(unknown)} should not exist; the fields of ${kind} are ${Object.keys(rules).join(', ')}`;
  }
  for (const [name, rule] of Object.entries(rules)) {
    const fault = faultOfField(fields[name], rule, keeps);
    if (fault !== undefined) return `.${name} ${fault}`;
  }
  return undefined;
}

function faultOfField(value: unknown, rule: FieldRule, keeps: boolean): string | undefined {
  const { isValid, maxLength, right, isSecret, isOptional } = rule;
  if (value === undefined) return isOptional ? undefined : `is missing; it must be ${right}`;
  if (isSecret && value === MASK) return keeps ? undefined : `must be the value itself, not "${MASK}"`;
  if (typeof value !== 'string' || value.length > maxLength || !isValid(value)) return `must be ${right}`;
  return undefined;
}

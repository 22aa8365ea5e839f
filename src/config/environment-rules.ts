import { ValidateBy, ValidateIf, type ValidationOptions } from 'class-validator';

/** A rule over the variable's text. */
export function Check(rule: string, holds: (text: string) => boolean, options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'check',
      validator: {
        validate: (value) => typeof value === 'string' && holds(value),
        defaultMessage: (args) => `${args?.property} ${rule}`,
      },
    },
    options,
  );
}

export function IsInteger(min: number, max: number): PropertyDecorator {
  return Check(`must be a whole number from ${min} to ${max}`, (text) => {
    return /^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max;
  });
}

export function IsBooleanText(): PropertyDecorator {
  return Check('must be true or false', (text) => text === 'true' || text === 'false');
}

export function Optional(): PropertyDecorator {
  return ValidateIf((_object, value) => value !== undefined);
}

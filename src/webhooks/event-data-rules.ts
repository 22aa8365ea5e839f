import type { Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { isObject } from '../common/is-object.js';
import { InvalidRequestError, validationError } from '../common/validation-error.js';

/** Most fields of one object. class-transformer compares every field of an object with every other one. */
const MAX_FIELDS = 500;
/** Deepest nesting, as of a body: class-transformer and class-validator are recursive. */
const MAX_DEPTH = 100;
/** Longest fault, in characters: rules of the application may have messages that repeat a value. */
const MAX_FAULT_LENGTH = 300;

/**
 * Checks the data of an event by the rules of its class. A field without a rule is refused.
 *
 * @param text the JSON text of the data, an object
 * @param path where it stands in the request
 * @throws InvalidRequestError
 */
export function checkData(dataClass: Type<object>, text: string, path: string): void {
  const data = JSON.parse(text) as object;
  checkShape(data, path);
  const errors = validateSync(plainToInstance(dataClass, data), {
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
  });
  if (errors.length === 0) return;
  const { faults } = validationError(errors, path);
  throw new InvalidRequestError(
    faults.map((fault) => (fault.length > MAX_FAULT_LENGTH ? `${fault.slice(0, MAX_FAULT_LENGTH)}…` : fault)),
  );
}

/** Refuses what class-transformer takes more than linear time or too deep a stack for. */
function checkShape(data: object, path: string): void {
  let level: unknown[] = [data];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH)
      throw new InvalidRequestError([`${path} must not be nested deeper than ${MAX_DEPTH} levels`]);
    level = level.flatMap((value) => {
      if (Array.isArray(value)) return value as unknown[];
      if (!isObject(value)) return [];
      const members = Object.values(value);
      if (members.length > MAX_FIELDS) {
        throw new InvalidRequestError([`${path} must not have an object of more than ${MAX_FIELDS} fields`]);
      }
      return members;
    });
  }
}

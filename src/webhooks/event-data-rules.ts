import type { Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { membersOf } from '../common/json-members.js';
import { InvalidRequestError, validationError } from '../common/validation-error.js';
import { text, type Phrase } from '../translations/phrase.js';

/**
 * Most values of the data, counted at all depths. No other request is served during the check. class-transformer and
 * class-validator take up to 35 µs for a value that breaks a rule. They also compare each two fields of an object.
 */
const MAX_VALUES = 5_000;
/** Longest fault, in characters. The messages of an application's rules may repeat a value. */
const MAX_FAULT_LENGTH = 300;

/**
 * Checks the data of an event by the rules of its class. A field without a rule is refused.
 *
 * @param json the JSON text of the data, an object
 * @param path the path of the data in the request
 * @throws InvalidRequestError if the data breaks a rule or has too many values
 */
export function checkData(dataClass: Type<object>, json: string, path: string): void {
  const { values } = membersOf(json, { maxValues: MAX_VALUES });
  if (values > MAX_VALUES) {
    throw new InvalidRequestError([text('{{path}} must not have more than {{max}} values', { path, max: MAX_VALUES })]);
  }
  const errors = validateSync(plainToInstance(dataClass, JSON.parse(json) as object), {
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
  });
  if (errors.length === 0) return;
  const { faults } = validationError(errors, path);
  throw new InvalidRequestError(faults.map(bounded));
}

function bounded(fault: Phrase): string | Phrase {
  const english = String(fault);
  return english.length > MAX_FAULT_LENGTH ? `${english.slice(0, MAX_FAULT_LENGTH)}…` : fault;
}

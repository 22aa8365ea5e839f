import { Injectable, Optional, ValidationPipe, type ArgumentMetadata, type Type } from '@nestjs/common';
import { getMetadataStorage } from 'class-validator';
import { EventNames, setEventNames } from './event-names.js';
import { isObject } from './is-object.js';
import { JsonText } from './json-text.js';
import {
  InvalidRequestError,
  noObjectFault,
  refuseWrapped,
  shownName,
  unknownFieldFaults,
  unknownFieldsError,
  validationError,
} from './validation-error.js';
import { givenOnce } from './validation.js';
import { concat, text, type PhraseValue } from '../translations/phrase.js';

/** Objects that a pipe checked. Each module with controllers has a pipe of its own. */
const valid = new WeakSet<object>();

/**
 * Converts bodies and queries into their DTO classes and rejects values that break a rule.
 *
 * This class rejects unknown fields itself. class-transformer looks up each field in a list: rejecting 480,000 unknown
 * fields took five minutes. Nest also removes some names silently.
 */
@Injectable()
export class StrictValidationPipe extends ValidationPipe {
  /** The known fields of each DTO class that was validated. */
  private readonly fields = new Map<Type, ReadonlySet<string>>();

  constructor(@Optional() private readonly eventNames?: EventNames) {
    super({
      transform: true,
      whitelist: true,
      forbidNonWhitelisted: true,
      forbidUnknownValues: true,
      stopAtFirstError: false,
      // Rules may look at the object when the message is made.
      validationError: { target: true },
      exceptionFactory: validationError,
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    // Its reader checks it.
    if (metadata.metatype === JsonText) return value;
    const checked = await this.check(value, metadata);
    if (isObject(checked)) valid.add(checked);
    return checked;
  }

  /**
   * Checks the input of a service by the rules of the HTTP API. A host may call the service in process; input that came
   * through this pipe is not checked again.
   *
   * @throws InvalidRequestError
   */
  async checked<Input extends object>(type: Type<Input>, input: Input): Promise<Input> {
    if (valid.has(input)) return input;
    return (await this.transform(input, { type: 'body', metatype: type })) as Input;
  }

  private async check(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const { type, metatype } = metadata;
    if (metatype === undefined || !this.toValidate(metadata)) return super.transform(value, metadata);
    const fields = this.fieldsOf(metatype);
    if (type === 'body' && value !== undefined && !isObject(value)) {
      throw new InvalidRequestError([noObjectFault(text('The body'), value, fields)]);
    }
    if (!isObject(value)) return super.transform(value, metadata);
    if (type === 'query') refuseRepeated(value, fields);
    const unknown = Object.keys(value).filter((name) => !fields.has(name));
    if (unknown.length === 0) return super.transform(value, metadata);
    refuseWrapped(value, fields);
    const known = Object.fromEntries(Object.entries(value).filter(([name]) => fields.has(name)));
    await super.transform(known, metadata).catch((error: unknown) => {
      if (!(error instanceof InvalidRequestError)) throw error;
      throw new InvalidRequestError([...unknownFieldFaults(unknown, fields, '', value), ...error.faults]);
    });
    throw unknownFieldsError(unknown, fields, '', value);
  }

  protected override validate(...[object, options]: Parameters<ValidationPipe['validate']>) {
    if (this.eventNames) setEventNames(object, this.eventNames);
    return super.validate(object, options);
  }

  /** Rejects names that Nest would remove silently. At the top level they are already rejected as unknown fields. */
  protected override stripProtoKeys(value: unknown): void {
    if (isObject(value)) refuseDropped(value, '');
  }

  private fieldsOf(metatype: Type): ReadonlySet<string> {
    let fields = this.fields.get(metatype);
    if (!fields) {
      const rules = getMetadataStorage().getTargetValidationMetadatas(metatype, '', false, false);
      fields = new Set(rules.map(({ propertyName }) => propertyName));
      this.fields.set(metatype, fields);
    }
    return fields;
  }
}

/** Names through which a careless copy of an object could change a prototype. */
const DROPPED = new Set(['__proto__', 'constructor', 'prototype']);

function refuseDropped(object: object, path: PhraseValue): void {
  for (const [name, value] of Object.entries(object)) {
    const field = path === '' ? name : concat(path, '.', shownName(name));
    if (DROPPED.has(name)) throw new InvalidRequestError([text('{{field}} should not exist', { field })]);
    if (typeof value === 'object' && value !== null) refuseDropped(value as object, field);
  }
}

/** Fastify turns a repeated query parameter into an array. */
function refuseRepeated(query: object, fields: ReadonlySet<string>): void {
  const repeated = Object.entries(query).filter(([name, value]) => Array.isArray(value) && fields.has(name));
  if (repeated.length > 0) throw new InvalidRequestError(repeated.map(([name]) => givenOnce(name)));
}

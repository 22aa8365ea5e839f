import { ValidationPipe, type ArgumentMetadata } from '@nestjs/common';
import { DomainError } from './domain-error.js';
import { validationError } from './validation.js';

/** Refuses what Nest's pipe would pass over in silence: a body that is no object, and the names it drops unseen. */
export class StrictValidationPipe extends ValidationPipe {
  constructor() {
    super({
      transform: true,
      whitelist: true,
      forbidNonWhitelisted: true,
      forbidUnknownValues: true,
      stopAtFirstError: false,
      exceptionFactory: validationError,
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (this.toValidate(metadata)) {
      if (metadata.type === 'body' && value !== undefined && !isObject(value)) {
        throw new DomainError('VALIDATION_ERROR', 'The body must be a JSON object.');
      }
      const names = isObject(value) ? Object.keys(value).filter(isDropped) : [];
      if (names.length > 0) {
        throw new DomainError('VALIDATION_ERROR', names.map((name) => `${name} should not exist`).join('; '));
      }
    }
    return super.transform(value, metadata);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Nest strips "prototype" and "constructor"; class-transformer leaves out whatever every object inherits. */
function isDropped(name: string): boolean {
  return name === 'prototype' || name in Object.prototype;
}

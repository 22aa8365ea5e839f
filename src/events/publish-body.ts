import { validateSync } from 'class-validator';
import { DomainError } from '../common/domain-error.js';
import { validationError } from '../common/validation.js';
import { isObject, PublishBatchDto, PublishEventDto } from './events.dto.js';

/**
 * Reads what a request publishes, its data exactly as it came. The application's pipe would copy all of the data and,
 * against the pollution of prototypes, leave keys such as "constructor" and "toString" out of it.
 *
 * @throws DomainError `VALIDATION_ERROR`
 */
export function publishedEvent(body: unknown = {}): PublishEventDto {
  return checked(filled(new PublishEventDto(), body, ''));
}

/** Reads a batch of what {@link publishedEvent} reads. */
export function publishedEvents(body: unknown = {}): PublishEventDto[] {
  const batch = filled(new PublishBatchDto(), body, '');
  const events: unknown = batch.events;
  if (Array.isArray(events)) {
    batch.events = events.map((event, index) => filled(new PublishEventDto(), event, `events.${index}`));
  }
  return checked(batch).events;
}

function filled<Dto extends object>(dto: Dto, values: unknown, path: string): Dto {
  if (!isObject(values)) {
    throw new DomainError('VALIDATION_ERROR', `${path || 'The body'} must be a JSON object.`);
  }
  // What every object inherits class-validator takes for known, and by the constructor it finds its rules.
  const inherited = Object.keys(values).filter((name) => name in Object.prototype);
  if (inherited.length > 0) {
    const names = inherited.map((name) => `${path && `${path}.`}${name} should not exist`);
    throw new DomainError('VALIDATION_ERROR', names.join('; '));
  }
  return Object.assign(dto, values);
}

function checked<Dto extends object>(dto: Dto): Dto {
  const errors = validateSync(dto, { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: true });
  if (errors.length > 0) throw validationError(errors);
  return dto;
}

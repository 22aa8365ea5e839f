import { validateSync } from 'class-validator';
import { DomainError } from '../common/domain-error.js';
import { isExternalId, isTimestamp, validationError } from '../common/validation.js';
import { EVENT_TYPES, type EventType } from '../webhooks/event-types.js';
import { isObject, MAX_BATCH_SIZE, PublishBatchDto, PublishEventDto } from './events.dto.js';

/**
 * Reads what a request publishes, its data exactly as it came. The application's pipe would copy all of the data and,
 * against the pollution of prototypes, leave keys such as "constructor" and "toString" out of it.
 *
 * @throws DomainError `VALIDATION_ERROR`
 */
export function publishedEvent(body: unknown = {}): PublishEventDto {
  const event = filled(new PublishEventDto(), body, '');
  return isSound(event) ? event : checked(event);
}

/** Reads a batch of what {@link publishedEvent} reads. */
export function publishedEvents(body: unknown = {}): PublishEventDto[] {
  const batch = filled(new PublishBatchDto(), body, '');
  const events: unknown = batch.events;
  if (Array.isArray(events)) {
    batch.events = events.map((event, index) => filled(new PublishEventDto(), event, `events.${index}`));
  }
  return isSoundBatch(batch) ? batch.events : checked(batch).events;
}

const EVENT_FIELDS: ReadonlySet<string> = new Set(['event', 'userId', 'extractionId', 'data', 'occurredAt']);

/**
 * Whether an event keeps every rule of its class. class-validator, which takes ten times as long as reading the event's
 * JSON does, is then only asked what is wrong with the others.
 */
export function isSound(event: object): event is PublishEventDto {
  const { event: type, userId, extractionId, data, occurredAt } = event as Partial<PublishEventDto>;
  return (
    EVENT_TYPES.includes(type as EventType) &&
    isExternalId(userId) &&
    isExternalId(extractionId) &&
    isObject(data) &&
    (occurredAt === undefined || isTimestamp(occurredAt)) &&
    Object.keys(event).every((name) => EVENT_FIELDS.has(name))
  );
}

function isSoundBatch({ events, ...others }: PublishBatchDto): boolean {
  if (!Array.isArray(events) || Object.keys(others).length > 0) return false;
  return events.length >= 1 && events.length <= MAX_BATCH_SIZE && events.every((event) => isSound(event));
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

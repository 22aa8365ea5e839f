import type { Type } from '@nestjs/common';
import { getMetadataStorage } from 'class-validator';
import { EventNames } from '../common/event-names.js';
import { isReservedEvent, RESERVED_EVENT_WORDS } from '../common/reserved-event-words.js';
import { InvalidRequestError } from '../common/validation-error.js';
import { checkData } from './event-data-rules.js';
import { subscriptionNames, TEST_EVENT } from './event-patterns.js';
import type { EventTypeDefinition } from './event-type.js';
import { OPERATIONAL_EVENT_TYPES } from './operational-event-types.js';
import type { Phrase } from '../translations/phrase.js';

/** The types that every application has. */
const EXTRACTION_TYPES: readonly EventTypeDefinition[] = [
  {
    eventName: 'extraction.completed',
    description: 'An extraction has completed.',
    dataClass: undefined,
    example: { pages: 3, confidence: 0.98 },
    exampleExtractionId: 'extract-xyz789',
  },
  {
    eventName: 'extraction.failed',
    description: 'An extraction has failed.',
    dataClass: undefined,
    example: { reason: 'The document is encrypted.' },
    exampleExtractionId: 'extract-uvw456',
  },
];

/** The type of test events. No webhook subscribes to it: only `POST {path}/webhooks/{id}/test` sends it. */
export const TEST_EVENT_TYPE = {
  eventName: TEST_EVENT,
  description: 'A test of the webhook was requested.',
  dataClass: undefined,
  example: { message: 'This is a test of your webhook.' },
  exampleExtractionId: 'extract-test',
} as const satisfies EventTypeDefinition;

/** The names of the types that every application has, for examples. */
export const EXTRACTION_EVENTS: readonly string[] = EXTRACTION_TYPES.map(({ eventName }) => eventName);

const NAME = /^[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+$/;
const MAX_NAME_LENGTH = 64;

/** The event types of an application: those of every application, and those that it defines. */
export class EventTypes extends EventNames {
  override readonly published: readonly string[];
  override readonly subscribable: readonly string[];
  override readonly logged: readonly string[];
  /** All types, in the order in which the documents show them. */
  readonly all: readonly EventTypeDefinition[];
  private readonly byName: ReadonlyMap<unknown, EventTypeDefinition>;

  /** @param own the types that the application defines */
  constructor(private readonly own: readonly EventTypeDefinition[] = []) {
    super();
    const published = [...EXTRACTION_TYPES, ...own];
    this.published = published.map(({ eventName }) => eventName);
    this.subscribable = subscriptionNames(this.published);
    this.all = [...published, ...OPERATIONAL_EVENT_TYPES, TEST_EVENT_TYPE];
    this.logged = this.all.map(({ eventName }) => eventName);
    this.byName = new Map(published.map((type) => [type.eventName, type]));
  }

  publishes(name: unknown): boolean {
    return this.byName.has(name);
  }

  override needsExtraction(name: unknown): boolean {
    const type = this.byName.get(name);
    return type ? type.exampleExtractionId !== undefined : !this.hasOwn;
  }

  /** Whether the application defines types. Their events need not be about an extraction. */
  get hasOwn(): boolean {
    return this.own.length > 0;
  }

  /** The classes of `data` of all types. */
  get dataClasses(): Type<object>[] {
    return [...new Set(this.all.flatMap(({ dataClass }) => dataClass ?? []))];
  }

  /**
   * Checks the data of an event by the class of its type.
   *
   * @param text the JSON text of the data, an object
   * @param path the path of the data in the request
   * @throws InvalidRequestError if the data breaks a rule
   */
  checkData(name: string, text: string, path: string): void {
    const dataClass = this.byName.get(name)?.dataClass;
    if (dataClass) checkData(dataClass, text, path);
  }

  /** The faults of the types that the application defines, one sentence for each. */
  faults(): string[] {
    return this.own.flatMap(({ eventName, dataClass, example }, index) => {
      const name = `eventTypes: ${JSON.stringify(eventName)}`;
      if (!NAME.test(eventName) || eventName.length > MAX_NAME_LENGTH) {
        return [
          `${name} must be two or more words in lower case with dots between them, such as document.deleted, ` +
            `and have at most ${MAX_NAME_LENGTH} characters`,
        ];
      }
      if (isReservedEvent(eventName)) {
        return [`${name} must begin with another word: ${RESERVED_EVENT_WORDS.join(', ')} are reserved`];
      }
      if (this.published.indexOf(eventName) < index + EXTRACTION_TYPES.length) {
        return [`${name} is defined twice`];
      }
      if (!dataClass || getMetadataStorage().getTargetValidationMetadatas(dataClass, '', false, false).length === 0) {
        return [`${name} needs a data class with rules of class-validator; ${dataClass?.name ?? 'none'} has none`];
      }
      return exampleFaults(dataClass, example).map(
        (fault) => `${name} has an example that breaks its rules: ${String(fault)}`,
      );
    });
  }
}

function exampleFaults(dataClass: Type<object>, example: object): readonly Phrase[] {
  try {
    checkData(dataClass, JSON.stringify(example), 'data');
    return [];
  } catch (error) {
    if (error instanceof InvalidRequestError) return error.faults;
    throw error;
  }
}

import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { IsString } from 'class-validator';
import { InvalidRequestError } from '../common/validation-error.js';
import { defineEventType } from './event-type.js';
import { OPERATIONAL_EVENTS } from './event-patterns.js';
import { EventTypes } from './event-types.js';

class Data {
  @IsString()
  documentId: string;
}

class NoRules {
  documentId: string;
}

const typed = (name: string, dataClass: new () => object = Data, example: object = { documentId: 'd' }) =>
  defineEventType(name, dataClass, { description: 'Happens.', example });

const LONG = `document.${'d'.repeat(56)}`;

describe('EventTypes', () => {
  it.each([
    ['one word', 'deleted'],
    ['capitals', 'Document.deleted'],
    ['a dot at the end', 'document.'],
    ['a dot at the beginning', '.deleted'],
    ['two dots in a row', 'document..deleted'],
    ['a hyphen', 'document-file.deleted'],
    ['a digit first', '2.deleted'],
    ['a line break', 'document.deleted\n'],
    ['65 characters', LONG],
  ])('refuses a name when it has %s', (_case, name) => {
    expect(new EventTypes([typed(name)]).faults()).toEqual([
      expect.stringContaining(`${JSON.stringify(name)} must be two or more words in lower case with dots between them`),
    ]);
  });

  it.each(['document.deleted', 'a.b', 'document.file_2.deleted', 'extraction.started', LONG.slice(0, -1)])(
    'accepts a type when its name is %s',
    (name) => {
      const types = new EventTypes([typed(name)]);
      expect(types.faults()).toEqual([]);
      expect(types.published).toEqual(['extraction.completed', 'extraction.failed', name]);
      expect(types.logged).toEqual([...types.published, ...OPERATIONAL_EVENTS, 'webhook.test']);
      expect([name, 'extraction.failed', 'webhook.test', 'a'].map((each) => types.publishes(each))).toEqual([
        true,
        true,
        false,
        false,
      ]);
    },
  );

  it.each(['webhook.created', 'webhook.test', 'delivery.exhausted', 'attempts.settled', 'docmap.webhook.created'])(
    'refuses a type when its name is %s, which is reserved',
    (name) => {
      expect(new EventTypes([typed(name)]).faults()).toEqual([expect.stringContaining('are reserved')]);
    },
  );

  it('reports a name once when it is defined twice', () => {
    const types = new EventTypes([typed('a.b'), typed('extraction.failed'), typed('a.b')]);
    expect(types.faults()).toEqual([
      'eventTypes: "extraction.failed" is defined twice',
      'eventTypes: "a.b" is defined twice',
    ]);
  });

  it('refuses a type when its class has no rules or its example breaks them', () => {
    expect(new EventTypes([typed('a.b', NoRules), typed('a.c', Data, { documentId: 1 })]).faults()).toEqual([
      'eventTypes: "a.b" needs a data class with rules of class-validator; NoRules has none',
      'eventTypes: "a.c" has an example that breaks its rules: data.documentId must be a string, not 1',
    ]);
  });

  it('checks data by the rules of its type when other types have rules too', () => {
    const types = new EventTypes([typed('a.b')]);
    expect(() => types.checkData('extraction.failed', '{"documentId":1}', 'data')).not.toThrow();
    expect(() => types.checkData('a.b', '{"documentId":"d"}', 'data')).not.toThrow();
    expect(() => types.checkData('a.b', '{"documentId":1}', 'data')).toThrow(InvalidRequestError);
  });

  it('refuses data before a rule runs when it has more than 5,000 values', () => {
    const types = new EventTypes([typed('a.b')]);
    const many = `{"documentId":"d","labels":[${Array(5_000).fill('0').join()}]}`;
    expect(() => types.checkData('a.b', many, 'data')).toThrow('data must not have more than 5000 values');
  });

  it('requires an extraction when every application has the type, or when no type is defined', () => {
    const [none, some] = [new EventTypes(), new EventTypes([typed('a.b')])];
    const names = ['extraction.failed', 'a.b', 'unknown.type'];
    expect(names.map((name) => none.needsExtraction(name))).toEqual([true, true, true]);
    expect(names.map((name) => some.needsExtraction(name))).toEqual([true, false, false]);
  });
});

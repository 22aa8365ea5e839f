import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { runs } from '../../test/support/run-length.js';
import { cursorOf, idOfCursor, placeCursorOf, placeOfCursor } from './cursor.js';

const ID = '01948432-9d6b-7a10-9b2c-3d4e5f607182';
const CURSOR = 'AZSEMp1rehCbLD1OX2Bxgg';
const FAULT = { code: 'VALIDATION_ERROR', message: 'cursor must be the nextCursor of an earlier page' };

describe('A cursor', () => {
  it('returns the id that it was made from', () => {
    expect(cursorOf(ID)).toBe(CURSOR);
    expect(idOfCursor(CURSOR)).toBe(ID);
    fc.assert(fc.property(fc.uuid(), (id) => expect(idOfCursor(cursorOf(id))).toBe(id)));
  });

  it('needs no encoding in a URL', () => {
    fc.assert(fc.property(fc.uuid(), (id) => expect(encodeURIComponent(cursorOf(id))).toBe(cursorOf(id))));
  });

  it.each([
    ['empty', ''],
    ['is the id itself', ID],
    ['is too short', CURSOR.slice(1)],
    ['is too long', `${CURSOR}A`],
    ['padded', `${CURSOR}==`],
    ['ends with a line break', `${CURSOR}\n`],
    ['ends with a character that base64 decoders skip', `${CURSOR}!`],
    ['has other padding bits in its last character', `${CURSOR.slice(0, -1)}h`],
    ['uses the standard base64 alphabet', '++++++++++++++++++++/w'],
    ['text', 'not a cursor'],
    ['not ASCII', CURSOR.replace('A', 'Ａ')],
    ['has 100,000 characters', 'A'.repeat(100_000)],
  ])('is rejected when it %s', (_what, cursor) => {
    expect(() => idOfCursor(cursor)).toThrow(expect.objectContaining(FAULT));
  });

  it('has exactly one accepted spelling', () => {
    const edited = fc.tuple(fc.uuid().map(cursorOf), fc.nat({ max: 22 }), fc.string({ unit: 'binary', maxLength: 2 }));
    const nearly = edited.map(([text, at, other]) => text.slice(0, at) + other + text.slice(at + other.length));
    const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.base64String(), fc.uuid().map(cursorOf), nearly);
    fc.assert(
      fc.property(anything, (text) => {
        let id: string;
        try {
          id = idOfCursor(text);
        } catch (error) {
          expect(error).toMatchObject(FAULT);
          return;
        }
        expect(cursorOf(id)).toBe(text);
      }),
      { numRuns: runs(2_000) },
    );
  });
});

describe('A cursor of a place', () => {
  const PLACE = { time: new Date('2025-01-20T14:30:04.123Z'), id: ID };

  it('returns the place that it was made from, and needs no encoding in a URL', () => {
    expect(placeOfCursor(placeCursorOf(PLACE))).toEqual(PLACE);
    const times = fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true });
    fc.assert(
      fc.property(times, fc.uuid(), (time, id) => {
        const cursor = placeCursorOf({ time, id });
        expect(placeOfCursor(cursor)).toEqual({ time, id });
        expect(encodeURIComponent(cursor)).toBe(cursor);
      }),
    );
  });

  it.each([
    ['empty', ''],
    ['is the cursor of an id', CURSOR],
    ['is too short', placeCursorOf(PLACE).slice(1)],
    ['is too long', `${placeCursorOf(PLACE)}A`],
    ['padded', `${placeCursorOf(PLACE)}==`],
    ['is after the year 9999', `________${placeCursorOf(PLACE).slice(8)}`],
  ])('is refused when it %s', (_fault, cursor) => {
    expect(() => placeOfCursor(cursor)).toThrow(expect.objectContaining(FAULT));
  });
});

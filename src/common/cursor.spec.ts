import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { runs } from '../../test/support/run-length.js';
import { cursorOf, idOfCursor } from './cursor.js';

const ID = '01948432-9d6b-7a10-9b2c-3d4e5f607182';
const CURSOR = 'AZSEMp1rehCbLD1OX2Bxgg';
const FAULT = { code: 'VALIDATION_ERROR', message: 'cursor must be the nextCursor of an earlier page' };

describe('A cursor', () => {
  it('leads back to the row it stands for', () => {
    expect(cursorOf(ID)).toBe(CURSOR);
    expect(idOfCursor(CURSOR)).toBe(ID);
    fc.assert(fc.property(fc.uuid(), (id) => expect(idOfCursor(cursorOf(id))).toBe(id)));
  });

  it('goes into a URL as it is', () => {
    fc.assert(fc.property(fc.uuid(), (id) => expect(encodeURIComponent(cursorOf(id))).toBe(cursorOf(id))));
  });

  it.each([
    ['empty', ''],
    ['the id itself', ID],
    ['too short', CURSOR.slice(1)],
    ['too long', `${CURSOR}A`],
    ['padded', `${CURSOR}==`],
    ['followed by a line break', `${CURSOR}\n`],
    ['followed by what base64 skips', `${CURSOR}!`],
    ['with other bits in its last character', `${CURSOR.slice(0, -1)}h`],
    ['in the other alphabet of base64', '++++++++++++++++++++/w'],
    ['text', 'not a cursor'],
    ['not ASCII', CURSOR.replace('A', 'Ａ')],
    ['very long', 'A'.repeat(100_000)],
  ])('that is %s is refused', (_what, cursor) => {
    expect(() => idOfCursor(cursor)).toThrow(expect.objectContaining(FAULT));
  });

  it('is taken in exactly one spelling', () => {
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

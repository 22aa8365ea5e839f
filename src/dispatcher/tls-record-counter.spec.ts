import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { TlsRecordCounter } from './tls-record-counter.js';

function record(length: number): Buffer {
  return Buffer.concat([Buffer.from([23, 3, 3, length >> 8, length & 255]), Buffer.alloc(length, 23)]);
}

describe('TLS records', () => {
  it('are counted, with any split of their bytes', () => {
    const lengths = fc.array(fc.oneof(fc.nat({ max: 40 }), fc.nat({ max: 16_640 })), { maxLength: 20 });
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 5_000 }), (all, pieceBytes) => {
        const counter = new TlsRecordCounter();
        const bytes = Buffer.concat(all.map(record));
        for (let at = 0; at < bytes.length; at += pieceBytes) counter.take(bytes.subarray(at, at + pieceBytes));
        expect(counter.count).toBe(all.length);
      }),
    );
  });

  it('are counted from zero after a reset, even within a record', () => {
    const counter = new TlsRecordCounter();
    const bytes = Buffer.concat([record(300), record(0), record(7)]);
    counter.take(bytes.subarray(0, 100));
    expect(counter.count).toBe(1);
    counter.reset();
    counter.take(bytes.subarray(100));
    expect(counter.count).toBe(2);
  });

  it('are incomplete until their last byte', () => {
    const counter = new TlsRecordCounter();
    const partial = [...record(3), ...record(0)].map((byte) => {
      counter.take(Buffer.from([byte]));
      return counter.partialBytes;
    });
    expect(partial).toEqual([1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 0]);
  });
});

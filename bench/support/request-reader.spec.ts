import { describe, expect, it } from '@jest/globals';
import { RequestReader } from './request-reader.js';

const REQUEST = 'POST /a/b?c HTTP/1.1\r\nhost: x\r\nContent-Length: 5\r\n\r\nhello';

describe('RequestReader', () => {
  it('reads requests when their bytes are split anywhere', () => {
    const two = Buffer.from(`${REQUEST}POST /d HTTP/1.1\r\ncontent-length: 0\r\n\r\n`);
    for (let cut = 0; cut <= two.length; cut += 1) {
      const reader = new RequestReader();
      const requests = [...reader.read(two.subarray(0, cut), 1), ...reader.read(two.subarray(cut), 2)];
      expect(requests.map(({ path, body }) => [path, body.toString()])).toEqual([
        ['/a/b?c', 'hello'],
        ['/d', ''],
      ]);
    }
  });

  it('returns the arrival time of the first part of a request', () => {
    const reader = new RequestReader();
    reader.read(Buffer.from(REQUEST.slice(0, 10)), 1);
    const [first] = reader.read(Buffer.from(REQUEST.slice(10)), 2);
    const [second] = reader.read(Buffer.from(REQUEST), 3);
    expect([first?.at, second?.at]).toEqual([1, 3]);
  });

  it('throws when a request has no length', () => {
    const chunked = Buffer.from('POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n');
    expect(() => new RequestReader().read(chunked, 0)).toThrow('Not a request whose body has a length');
  });
});

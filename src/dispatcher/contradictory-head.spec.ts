import { describe, expect, it } from '@jest/globals';
import { contradictoryHead } from './contradictory-head.js';

const headOf = (...lines: string[]) => contradictoryHead(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'));

describe('A head whose lengths contradict each other', () => {
  it.each([
    [['content-length: 5', 'content-length: 6']],
    [['Content-Length: 5', 'transfer-encoding: chunked']],
    [['transfer-encoding: chunked', 'content-length: 5']],
    [['content-length: five']],
    [['content-length: -1']],
    [['content-length: 5, 5']],
    [['content-length: 99999999999999999999999']],
    [['content-length:']],
  ])('has its status: %j', (lines) => {
    expect(headOf('HTTP/1.1 503 No', 'retry-after: 7', ...lines)).toMatchObject({
      status: 503,
      headers: { 'retry-after': ['7'] },
    });
  });

  it('is read when only a part was received', () => {
    const head = Buffer.from('\r\nHTTP/1.1 202\r\nA: b\r\nA: c\r\ncontent-length: 1x', 'latin1');
    expect(contradictoryHead(head)).toEqual({ status: 202, headers: { a: ['b', 'c'], 'content-length': ['1x'] } });
  });

  it.each([
    [['HTTP/1.1 200 OK', 'content-length: 5', 'nonsense', 'content-length: 6']],
    [['HTTP/1.1 200 OK', 'content-length : 5', 'content-length: 6']],
    [['HTTP/1.1 200 OK', 'transfer-encoding: chunked']],
    [['HTTP/1.1 200 OK', 'content-length: 5', '', 'content-length: 6']],
    [['HTTP/1.1 2000 OK', 'content-length: x']],
    [['HTTP/2 200', 'content-length: x']],
    [['SSH-2.0-OpenSSH_9.6']],
    [[]],
  ])('is undefined when it has another fault: %j', (lines) => {
    expect(headOf(...lines)).toBeUndefined();
  });
});

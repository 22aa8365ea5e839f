import { describe, expect, it } from '@jest/globals';
import { partsOf, traceparentOf } from './traceparent.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';

describe('traceparentOf', () => {
  it.each([
    [`00-${TRACE}-${PARENT}-01`, `00-${TRACE}-${PARENT}-01`],
    [`00-${TRACE}-${PARENT}-00`, `00-${TRACE}-${PARENT}-00`],
    [`00-${TRACE}-${PARENT}-ff`, `00-${TRACE}-${PARENT}-01`],
    [`00-${TRACE}-${PARENT}-02`, `00-${TRACE}-${PARENT}-00`],
    [`cc-${TRACE}-${PARENT}-01`, `00-${TRACE}-${PARENT}-01`],
    [`cc-${TRACE}-${PARENT}-01-what-the-future-adds`, `00-${TRACE}-${PARENT}-01`],
  ])('reads %s', (header, traceparent) => {
    expect(traceparentOf(header)).toBe(traceparent);
  });

  it.each([
    undefined,
    '',
    [`00-${TRACE}-${PARENT}-01`],
    `00-${TRACE}-${PARENT}-01, 00-${TRACE}-${PARENT}-01`,
    `ff-${TRACE}-${PARENT}-01`,
    `00-${TRACE}-${PARENT}-01-more`,
    `cc-${TRACE}-${PARENT}-01.more`,
    `00-${'0'.repeat(32)}-${PARENT}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${PARENT}-01`,
    `00-${TRACE.slice(1)}-${PARENT}-01`,
    `00-${TRACE}-${PARENT}-1`,
    `00-${TRACE}-${PARENT}`,
    `0-${TRACE}-${PARENT}-01`,
    ` 00-${TRACE}-${PARENT}-01`,
  ])('ignores %j', (header) => {
    expect(traceparentOf(header)).toBeNull();
  });
});

describe('partsOf', () => {
  it('names the parts of a span context', () => {
    const parts = { traceId: TRACE, spanId: PARENT, traceFlags: 1 };
    expect(partsOf(`00-${TRACE}-${PARENT}-01`)).toEqual(parts);
  });
});

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PrettyLog } from './pretty-log.js';

const TIME = new Date(2026, 10, 28, 9, 5, 7).getTime();
const ENTRY = { level: 40, time: TIME, pid: 1, hostname: 'h', context: 'Deliveries', msg: 'An attempt failed' };

function written(entry: object, isTTY = false): string {
  let text = '';
  new PrettyLog({ isTTY, write: (part) => (text += part) }).write(JSON.stringify(entry));
  return text;
}

describe('PrettyLog', () => {
  const { NO_COLOR } = process.env;

  beforeEach(() => {
    delete process.env.NO_COLOR;
  });

  afterEach(() => {
    if (NO_COLOR === undefined) delete process.env.NO_COLOR;
    else process.env.NO_COLOR = NO_COLOR;
  });

  it('writes a line with time, level, context, text and fields', () => {
    const fields = { webhookId: 'webhook-1', attempt: 2, httpStatus: null, error: 'connection refused' };
    expect(written({ ...ENTRY, ...fields })).toBe(
      '09:05:07 WARN  Deliveries: An attempt failed ' +
        'webhookId=webhook-1 attempt=2 httpStatus=null error="connection refused"\n',
    );
  });

  it.each([
    [60, 'FATAL'],
    [50, 'ERROR'],
    [40, 'WARN '],
    [30, 'INFO '],
    [20, 'DEBUG'],
    [10, 'TRACE'],
  ])('names level %d %s', (level, name) => {
    expect(written({ level, time: TIME, msg: 'x' })).toBe(`09:05:07 ${name} x\n`);
  });

  it('writes the stack of an error below its line', () => {
    const err = { type: 'Error', message: 'broken', stack: 'Error: broken\n    at place' };
    expect(written({ level: 50, time: TIME, err })).toBe('09:05:07 ERROR\n    Error: broken\n        at place\n');
  });

  it('writes terminal commands as text and indents them below their entry', () => {
    const line = written({ ...ENTRY, msg: 'a\u001b[2J\r\u009b1m\nb', field: 'c\u0007' });
    expect(line).toBe(
      String.raw`09:05:07 WARN  Deliveries: a\u001b[2J\u000d\u009b1m` + '\n' + String.raw`    b field=c\u0007` + '\n',
    );
  });

  it('uses colours only on a terminal, unless NO_COLOR is set', () => {
    expect(written(ENTRY, true)).toContain('\u001b[33mWARN \u001b[39m');
    expect(written(ENTRY, false)).not.toContain('\u001b');
    process.env.NO_COLOR = '1';
    expect(written(ENTRY, true)).not.toContain('\u001b');
  });
});

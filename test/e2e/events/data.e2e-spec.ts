import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MAX_PAYLOAD_BYTES } from '../../../src/events/event-payload.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';
import { newSubscriber } from '../support/subscriber.js';

describe('The data of an event', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp();
  });

  afterAll(async () => {
    await service.close();
  });

  async function given() {
    const receiver = await Receiver.start();
    const subscriber = await newSubscriber(service, receiver.url);
    /** Posts the event with exactly this JSON text as `data`. */
    const post = (data: string, path = '/v1/events') => {
      const event = `{"event":"extraction.completed","userId":"${subscriber.userId}","extractionId":"extract-1","data":${data}}`;
      return subscriber.api.post(path, path.endsWith('batch') ? `{"events":[${event}]}` : event);
    };
    return { ...subscriber, receiver, post };
  }

  it.each([
    ['nothing', '{}'],
    ['every kind of value', '{"text":"a","number":-1.5e-7,"yes":true,"no":false,"nothing":null,"list":[[],{},[1]]}'],
    ['NUL, escaped', String.raw`{"text":"a\u0000b","\u0000":"key"}`],
    ['a lone high surrogate', String.raw`{"text":"a\ud83db","\ud83d":1}`],
    ['a lone low surrogate', String.raw`{"text":"\ude00"}`],
    ['surrogates in the wrong order', String.raw`{"text":"\ude00\ud83d"}`],
    ['text beyond the basic plane', '{"text":"\u{1f600} 한국어 עברית"}'],
    ['line separators', '{"text":"\u2028\u2029"}'],
    ['quotes and backslashes', String.raw`{"te\"xt":"\\u0000 \" \\ \/"}`],
    ['text that looks like SQL', `{"text":"'; DROP TABLE events; --","$1":"$2"}`],
    ['names of JavaScript itself', '{"constructor":"ACME","prototype":{"v":2},"toString":1,"hasOwnProperty":null}'],
    [
      'such names further down',
      '{"a":[{"constructor":{"name":"x"},"prototype":[],"valueOf":0,"then":"x","length":3}]}',
    ],
    ['empty and numeric keys', '{"":0,"b":1,"2":2,"1":1}'],
    ['large integers', '{"a":12345678901234567890,"b":9007199254740993,"c":-18446744073709551616}'],
    ['decimals', '{"price":1250.00,"a":1.10,"b":0.1000000000000000055511151231257827,"c":-0,"d":-0.0}'],
    ['exponents', '{"a":1e-400,"b":1E+400,"c":1e5,"d":-1.5E-7,"e":1e999}'],
    ['numeric keys in the order they came', '{"b":1,"10":2,"2":3}'],
    ['escapes as they were written', String.raw`{"\u0041\/":"\u00e9\ud83d\ude00\b\f\n\r\t"}`],
    ['white space', '{ "a" :\n[ 1 ,\t2 ] }'],
    ['a timestamp and a type of its own', '{"type":"invoice","timestamp":"2020-01-01","event":"x","userId":"y"}'],
  ])('is delivered intact: %s', async (_case, data) => {
    for (const path of ['/v1/events', '/v1/events/batch']) {
      const { receiver, post, api } = await given();
      const { status } = await post(data, path);
      expect(status).toBe(202);
      const [request] = await receiver.received(1);
      const rest = data === '{}' ? '}' : `,${data.slice(1)}`;
      expect(request!.body.slice(request!.body.indexOf('"data":'))).toBe(`"data":{"id":"extract-1"${rest}}`);
      const [record] = await api.log(1);
      expect(record).toMatchObject({ status: 'success', extractionId: 'extract-1' });
      await receiver.close();
    }
  });

  it.each(['[]', '[{}]', '"text"', '7', 'true', 'null'])('is refused when it is %s', async (data) => {
    const { post, receiver } = await given();
    const { status, body } = await post(data);
    expect(status).toBe(400);
    expect(body.error).toEqual({
      code: 'VALIDATION_ERROR',
      message: expect.stringMatching(/^data must be an object, not ./),
    });
    await receiver.close();
  });

  it.each([
    ['names __proto__', '{"__proto__":{"polluted":true}}'],
    ['names __proto__ in disguise', String.raw`{"a":{"\u005f_proto_\u005f":1}}`],
    ['is nested deeper than 100 levels', `{"a":${'['.repeat(100)}${']'.repeat(100)}}`],
    ['is no JSON', '{"a":NaN}'],
  ])('is refused when it %s', async (_case, data) => {
    const { post, receiver } = await given();
    const { status, body } = await post(data);
    expect(status).toBe(400);
    expect(body.error.code).toBe('VALIDATION_ERROR');
    await receiver.close();
  });

  it('begins with the extraction id; another extraction id in it is refused', async () => {
    const { post, receiver } = await given();
    const refused = await post('{"id":"extract-2"}');
    expect(refused.status).toBe(400);
    expect(refused.body.error.message).toContain('data.id');
    expect((await post('{"pages":1,"id":"extract-1"}')).status).toBe(202);
    const [request] = await receiver.received(1);
    expect(request!.body).toMatch(/"data":\{"id":"extract-1","pages":1\}\}$/);
    await receiver.close();
  });

  it('may fill the event up to 256 KiB, counted in bytes of UTF-8; one byte more is refused with 413', async () => {
    const { post, receiver, api } = await given();
    const occurredAt = '2025-01-20T14:30:03.512Z';
    const envelope = `{"type":"extraction.completed","timestamp":"${occurredAt}","data":{"id":"extract-1","t":""}}`;
    const room = MAX_PAYLOAD_BYTES - envelope.length;
    expect(MAX_PAYLOAD_BYTES).toBe(256 * 1024);
    // Two bytes per character: a limit of characters would accept twice as much.
    const full = `${room % 2 === 0 ? '' : 'x'}${'é'.repeat(Math.floor(room / 2))}`;
    expect((await post(`{"t":"${full}"}`)).status).toBe(202);
    const [request] = await receiver.received(1);
    expect(Buffer.byteLength(request!.body)).toBe(MAX_PAYLOAD_BYTES);
    expect(await api.log(1)).toMatchObject([{ status: 'success' }]);

    const { status, body } = await post(`{"t":"${full}x"}`);
    expect(status).toBe(413);
    expect(body.error.code).toBe('PAYLOAD_TOO_LARGE');
    await receiver.close();
  });

  it('is refused with 413 when the whole body is over 5 MiB', async () => {
    const { post, receiver } = await given();
    const { status, body } = await post(`{"t":"${'x'.repeat(5 * 1024 * 1024)}"}`);
    expect(status).toBe(413);
    expect(body.error.code).toBe('PAYLOAD_TOO_LARGE');
    await receiver.close();
  });
});

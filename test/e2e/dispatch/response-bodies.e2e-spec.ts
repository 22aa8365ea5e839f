import { gzipSync } from 'node:zlib';
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';
import { drip, RawReceiver } from '../support/raw-receiver.js';
import { newSubscriber } from '../support/subscriber.js';

const KEPT_BYTES = 16_384;

describe("A receiver's answer", () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp({ env: { RETRY_SCHEDULE: '0s' } });
  });

  afterAll(async () => {
    await service.close();
  });

  /** The record, with request and response, of an event to this URL. */
  async function detailOf(url: string) {
    const { publish, api } = await newSubscriber(service, url);
    await publish();
    const [record] = await api.log(1);
    return (await api.get(`/v1/webhooks/deliveries/${String(record!.id)}`)).body.data;
  }

  async function detailWith(respond: (response: ServerResponse) => void) {
    const receiver = await Receiver.start((_request, response) => respond(response));
    const detail = await detailOf(receiver.url);
    await receiver.close();
    return detail;
  }

  it('is kept with its headers and body', async () => {
    const detail = await detailWith((response) => {
      response.writeHead(422, { 'content-type': 'text/plain', 'x-trace': ['a', 'b'] }).end('no such invoice: é');
    });
    expect(detail).toMatchObject({ status: 'failed', httpStatus: 422 });
    expect(detail.response).toEqual({
      headers: expect.objectContaining({ 'content-type': 'text/plain', 'x-trace': 'a, b' }),
      body: 'no such invoice: é',
      truncated: false,
    });
  });

  it.each([
    ['exactly 16 KiB', KEPT_BYTES, false],
    ['one byte more', KEPT_BYTES + 1, true],
    ['64 KiB, all of which is read', 65_536, true],
    ['more than is read', 2_000_000, true],
  ])('stays a success and keeps 16 KiB of its body: %s', async (_case, length, truncated) => {
    const { status, httpStatus, response } = await detailWith((response) => response.end('x'.repeat(length)));
    expect({ status, httpStatus }).toEqual({ status: 'success', httpStatus: 200 });
    expect(response.truncated).toBe(truncated);
    expect(response.body).toBe('x'.repeat(KEPT_BYTES));
  });

  it('stays a success when its body has no end', async () => {
    const receiver = await RawReceiver.start((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
      drip(socket, `4000\r\n${'y'.repeat(0x4000)}\r\n`);
    });
    const { status, error, response } = await detailOf(receiver.url);
    expect({ status, error }).toEqual({ status: 'success', error: null });
    expect(response).toMatchObject({ body: 'y'.repeat(KEPT_BYTES), truncated: true });
    await receiver.close();
  });

  it('is stored whatever bytes are in it', async () => {
    const { status, response } = await detailWith((response) => {
      response.end(Buffer.concat([Buffer.from('a\0b'), Buffer.from([0xff, 0xed, 0xa0, 0x80]), Buffer.from('c')]));
    });
    expect(status).toBe('success');
    expect(response.body).toMatch(/^a\ufffdb\ufffd+c$/);
  });

  it('can be cut inside of a character', async () => {
    const { response } = await detailWith((response) => response.end(`x${'é'.repeat(KEPT_BYTES)}`));
    expect(response.body).toBe(`x${'é'.repeat(KEPT_BYTES / 2 - 1)}`);
  });

  it('is not decompressed: a bomb stays as small as it was sent', async () => {
    const bomb = gzipSync(Buffer.alloc(5_000_000));
    const { status, response } = await detailWith((response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
    });
    expect(status).toBe('success');
    expect(response.headers['content-encoding']).toBe('gzip');
    expect(response.body.startsWith('\x1f\ufffd\b')).toBe(true);
    expect(response.body).not.toContain('\ufffd'.repeat(10_000));
    expect(response.body.length).toBeLessThanOrEqual(bomb.length);
  });

  it('may have headers in any bytes', async () => {
    const receiver = await RawReceiver.start((socket) => {
      socket.end(Buffer.from('HTTP/1.1 200 OK\r\nx-name: caf\xe9 \xff\r\ncontent-length: 0\r\n\r\n', 'latin1'));
    });
    const { status, response } = await detailOf(receiver.url);
    expect(status).toBe('success');
    expect(Object.keys(response.headers)).toContain('x-name');
    await receiver.close();
  });
});

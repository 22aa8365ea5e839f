import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { AddressError, addressError, EarlyListener } from './early-listener.js';
import { freePort } from '../../test/support/free-port.js';

const HOST = '127.0.0.1';

const errorWith = (code: string, syscall = 'listen'): Error => Object.assign(new Error('failed'), { code, syscall });

const reasonOf = (error: Error, host = '0.0.0.0', port = 3000): string =>
  (addressError(error, host, port) as AddressError).message;

describe('EarlyListener', () => {
  let listener: EarlyListener | undefined;

  afterEach(async () => {
    await listener?.close();
    listener = undefined;
  });

  it('responds 503 until it is closed and then frees the address', async () => {
    const port = await freePort();
    listener = await EarlyListener.open({ host: HOST, port });
    const response = await fetch(`http://${HOST}:${port}/health/ready`);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({
      error: { code: 'SERVICE_UNAVAILABLE', message: 'The service is starting.' },
    });
    const korean = await fetch(`http://${HOST}:${port}/`, { headers: { 'accept-language': 'ko' } });
    expect([korean.headers.get('content-language'), korean.headers.get('vary')]).toEqual(['ko', 'Accept-Language']);
    expect(await korean.json()).toEqual({
      error: { code: 'SERVICE_UNAVAILABLE', message: '서비스를 시작하는 중입니다.' },
    });
    await expect(EarlyListener.open({ host: HOST, port })).rejects.toThrow(AddressError);

    await listener.close();
    listener = await EarlyListener.open({ host: HOST, port });
  });

  it('frees the address when a client keeps its connection open', async () => {
    const port = await freePort();
    const early = await EarlyListener.open({ host: HOST, port });
    const client = connect(port, HOST);
    await once(client, 'connect');
    const closed = once(client, 'close');
    await early.close();
    await closed;
    await expect(EarlyListener.open({ host: HOST, port }).then((again) => (listener = again))).resolves.toBeDefined();
  });
});

describe('addressError', () => {
  it.each([
    [
      'EADDRINUSE',
      3000,
      'PORT=3000 is in use on 0.0.0.0 by another program: stop that program, or set PORT to another port.',
    ],
    [
      'EACCES',
      80,
      'This user may not use PORT=80, because ports below 1024 need a privilege: set PORT to another port, such as 3000.',
    ],
    ['EACCES', 3000, 'This user may not use PORT=3000: set PORT to another port, such as 3000.'],
    [
      'EADDRNOTAVAIL',
      3000,
      'HOST=0.0.0.0 is not an address of this machine: set it to one that is, or to 0.0.0.0 for all addresses.',
    ],
    ['EAFNOSUPPORT', 3000, "HOST=0.0.0.0 can't be used (EAFNOSUPPORT): set it to an address of this machine."],
  ])('explains %s for port %d', (code, port, reason) => {
    expect(reasonOf(errorWith(code), '0.0.0.0', port)).toBe(reason);
  });

  it('explains a HOST that can not be resolved', () => {
    expect(reasonOf(errorWith('ENOTFOUND', 'getaddrinfo'), 'my-host')).toMatch(/^HOST=my-host is not an address/);
  });

  it('returns other errors unchanged', () => {
    const error = errorWith('ECONNREFUSED', 'connect');
    expect(addressError(error, HOST, 3000)).toBe(error);
  });
});

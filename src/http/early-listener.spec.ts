import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { AddressError, addressError, EarlyListener } from './early-listener.js';
import { freePort } from '../../test/support/free-port.js';

const HOST = '127.0.0.1';

const errorWith = (code: string, syscall = 'listen'): Error => Object.assign(new Error('failed'), { code, syscall });

const reasonOf = (error: Error, host = '0.0.0.0', port = 3000): string =>
  (addressError(error, host, port) as AddressError).message;

describe('The address while the service starts', () => {
  let listener: EarlyListener | undefined;

  afterEach(async () => {
    await listener?.close();
    listener = undefined;
  });

  it('answers 503 until it is closed, and is free after that', async () => {
    const port = await freePort();
    listener = await EarlyListener.open({ host: HOST, port });
    const response = await fetch(`http://${HOST}:${port}/health/ready`);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({
      error: { code: 'SERVICE_UNAVAILABLE', message: 'The service is starting.' },
    });
    await expect(EarlyListener.open({ host: HOST, port })).rejects.toThrow(AddressError);

    await listener.close();
    listener = await EarlyListener.open({ host: HOST, port });
  });

  it('is freed although a client keeps its connection', async () => {
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

describe('An address that can not be had', () => {
  it.each([
    [
      'EADDRINUSE',
      3000,
      'PORT=3000 is in use on 0.0.0.0 by another program: stop that one, or set PORT to another port.',
    ],
    [
      'EACCES',
      80,
      'PORT=80 may not be listened on by this user, as ports below 1024 need a privilege: set PORT to another port, such as 3000.',
    ],
    ['EACCES', 3000, 'PORT=3000 may not be listened on by this user: set PORT to another port, such as 3000.'],
    [
      'EADDRNOTAVAIL',
      3000,
      'HOST=0.0.0.0 is not an address of this machine: give one that is, or 0.0.0.0 for all of them.',
    ],
    ['EAFNOSUPPORT', 3000, "HOST=0.0.0.0 can't be listened on (EAFNOSUPPORT): give an address of this machine."],
  ])('is explained for %s and port %d', (code, port, reason) => {
    expect(reasonOf(errorWith(code), '0.0.0.0', port)).toBe(reason);
  });

  it('is explained when HOST is a name that nobody knows', () => {
    expect(reasonOf(errorWith('ENOTFOUND', 'getaddrinfo'), 'my-host')).toMatch(/^HOST=my-host is not an address/);
  });

  it('is told from other errors', () => {
    const error = errorWith('ECONNREFUSED', 'connect');
    expect(addressError(error, HOST, 3000)).toBe(error);
  });
});

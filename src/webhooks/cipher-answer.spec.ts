import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { LocalShortageError } from '../common/local-shortage.error.js';
import { cipherAnswer } from './cipher-answer.js';

const thrown = (error: Error) => () => {
  throw error;
};

const rejected = (error: unknown) => () => Promise.reject(error);

describe('cipherAnswer', () => {
  it.each([
    ['a value', () => 'secret'],
    ['a promise', async () => 'secret'],
  ])('returns the result when the cipher returns %s', async (_what, ask) => {
    expect(await cipherAnswer(ask)).toBe('secret');
  });

  it('throws LocalShortageError when nothing listens at the address of the KMS', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const asked = cipherAnswer(async () => (await fetch(`http://127.0.0.1:${port}/`)).text());
    await expect(asked).rejects.toThrow(LocalShortageError);
  });

  it('throws LocalShortageError when the KMS takes too long', async () => {
    await expect(cipherAnswer(() => new Promise<string>(() => undefined), 5)).rejects.toThrow(LocalShortageError);
    await expect(cipherAnswer(rejected(new DOMException('late', 'TimeoutError')))).rejects.toThrow(LocalShortageError);
  });

  it.each<[string, object]>([
    ['LocalShortageError', new LocalShortageError('no KMS')],
    ['an error of axios with a status', { message: 'Request failed', status: 503 }],
    ['an error of AWS with a status', { name: 'KMSInternalException', $metadata: { httpStatusCode: 500 } }],
    ['a throttling error of AWS', { name: 'ThrottlingException', $metadata: { httpStatusCode: 400 }, $retryable: {} }],
    ['an error of Azure with a status', { name: 'RestError', statusCode: 429 }],
    ['an error of Google', { code: 14, message: 'UNAVAILABLE' }],
    ['an error caused by a network error', new Error('failed', { cause: { code: 'ENOTFOUND' } })],
  ])('throws LocalShortageError when the cipher fails with %s', async (_whose, error) => {
    await expect(cipherAnswer(rejected(error))).rejects.toThrow(LocalShortageError);
    await expect(cipherAnswer(thrown(error as Error))).rejects.toThrow(LocalShortageError);
  });

  it.each<[string, object]>([
    ['of Node.js', new Error('Unsupported state or unable to authenticate data')],
    ['of AWS', { name: 'InvalidCiphertextException', $metadata: { httpStatusCode: 400 } }],
    ['of Google', { code: 3, message: 'INVALID_ARGUMENT' }],
  ])('throws the error itself when it is an error %s about the data', async (_whose, error) => {
    await expect(cipherAnswer(rejected(error))).rejects.toBe(error);
  });
});

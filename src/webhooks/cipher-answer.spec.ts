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

describe('The answer of a cipher', () => {
  it.each([
    ['a value', () => 'secret'],
    ['a promise', async () => 'secret'],
  ])('is awaited when it is %s', async (_what, ask) => {
    expect(await cipherAnswer(ask)).toBe('secret');
  });

  it('is a shortage of the service when nothing listens at the address of the KMS', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const asked = cipherAnswer(async () => (await fetch(`http://127.0.0.1:${port}/`)).text());
    await expect(asked).rejects.toThrow(LocalShortageError);
  });

  it('is a shortage of the service when the KMS takes too long', async () => {
    await expect(cipherAnswer(() => new Promise<string>(() => undefined), 5)).rejects.toThrow(LocalShortageError);
    await expect(cipherAnswer(rejected(new DOMException('late', 'TimeoutError')))).rejects.toThrow(LocalShortageError);
  });

  it.each<[string, object]>([
    ['of our own', new LocalShortageError('no KMS')],
    ['of axios with a status', { message: 'Request failed', status: 503 }],
    ['of AWS with a status', { name: 'KMSInternalException', $metadata: { httpStatusCode: 500 } }],
    ['of AWS that slows us down', { name: 'ThrottlingException', $metadata: { httpStatusCode: 400 }, $retryable: {} }],
    ['of Azure with a status', { name: 'RestError', statusCode: 429 }],
    ['of Google', { code: 14, message: 'UNAVAILABLE' }],
    ['of the network, as a cause', new Error('failed', { cause: { code: 'ENOTFOUND' } })],
  ])('is a shortage of the service after an error %s', async (_whose, error) => {
    await expect(cipherAnswer(rejected(error))).rejects.toThrow(LocalShortageError);
    await expect(cipherAnswer(thrown(error as Error))).rejects.toThrow(LocalShortageError);
  });

  it.each<[string, object]>([
    ['of Node.js', new Error('Unsupported state or unable to authenticate data')],
    ['of AWS', { name: 'InvalidCiphertextException', $metadata: { httpStatusCode: 400 } }],
    ['of Google', { code: 3, message: 'INVALID_ARGUMENT' }],
  ])('is no shortage after an error that speaks of the data %s', async (_whose, error) => {
    await expect(cipherAnswer(rejected(error))).rejects.toBe(error);
  });
});

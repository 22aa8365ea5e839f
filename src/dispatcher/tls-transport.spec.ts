import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { TlsTransport } from './tls-transport.js';

describe('A TLS connection', () => {
  it('detects bytes after the answer before TLS has decrypted them', async () => {
    const tcp = new PassThrough();
    const transport = new TlsTransport(tcp as unknown as Socket);
    const receive = async (bytes: string): Promise<void> => {
      const received = once(tcp, 'data');
      tcp.write(bytes);
      await received;
    };
    await receive('an answer');
    expect(transport.hasMore).toBe(false);
    transport.answered();
    expect(transport.hasMore).toBe(false);
    await receive('a record');
    expect(transport.hasMore).toBe(true);
    transport.reset();
    expect(transport.hasMore).toBe(false);
    transport.destroy();
  });
});

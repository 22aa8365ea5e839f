import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SecretCipher } from '../../../src/webhooks/secret-cipher.js';

/** A key management service over HTTP: it encrypts and decrypts for a context. */
export class Kms {
  /** Its answers: correct, none, 503, or as if another key were in use. */
  mode: 'well' | 'silent' | 'unavailable' | 'other key' = 'well';
  /** The contexts of the requested decryptions. */
  readonly decrypted: string[] = [];
  /** The texts that it encrypted. */
  readonly encrypted: string[] = [];
  private readonly key = randomBytes(32);
  private readonly held: ServerResponse[] = [];
  private readonly server = createServer((request, response) => {
    void text(request).then((body) => this.answer(JSON.parse(body) as KmsRequest, response));
  });

  static async start(): Promise<Kms> {
    const kms = new Kms();
    kms.server.listen(0, '127.0.0.1');
    await once(kms.server, 'listening');
    return kms;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  /** Works again. Held requests are refused. */
  recover(): void {
    this.mode = 'well';
    for (const response of this.held.splice(0)) response.writeHead(503).end();
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private answer({ plaintext, ciphertext, context }: KmsRequest, response: ServerResponse): void {
    if (ciphertext !== undefined) this.decrypted.push(context);
    if (plaintext !== undefined) this.encrypted.push(plaintext);
    if (this.mode === 'silent') return void this.held.push(response);
    if (this.mode === 'unavailable') return void response.writeHead(503).end();
    if (this.mode === 'other key') return void response.writeHead(400).end('InvalidCiphertext');
    response.end(plaintext === undefined ? this.decrypt(ciphertext!, context) : this.encrypt(plaintext, context));
  }

  private encrypt(plaintext: string, context: string): string {
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.key, iv).setAAD(Buffer.from(context));
    const bytes = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), bytes]).toString('base64');
  }

  private decrypt(ciphertext: string, context: string): string {
    const bytes = Buffer.from(ciphertext, 'base64');
    const decipher = createDecipheriv('aes-256-gcm', this.key, bytes.subarray(0, 12))
      .setAAD(Buffer.from(context))
      .setAuthTag(bytes.subarray(12, 28));
    return decipher.update(bytes.subarray(28), undefined, 'utf8') + decipher.final('utf8');
  }
}

interface KmsRequest {
  plaintext?: string;
  ciphertext?: string;
  context: string;
}

/** Keeps the key in a KMS, as a host application would. */
export class KmsCipher extends SecretCipher {
  constructor(private readonly url: string) {
    super();
  }

  override async encrypt(secret: string, webhookId: string) {
    return Buffer.from(await this.call({ plaintext: secret, context: webhookId }), 'base64');
  }

  override decrypt(encrypted: Uint8Array, webhookId: string) {
    return this.call({ ciphertext: Buffer.from(encrypted).toString('base64'), context: webhookId });
  }

  private async call(request: KmsRequest): Promise<string> {
    const response = await fetch(this.url, { method: 'POST', body: JSON.stringify(request) });
    if (!response.ok) throw Object.assign(new Error(await response.text()), { status: response.status });
    return response.text();
  }
}

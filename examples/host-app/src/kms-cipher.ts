import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { SecretCipher } from 'docmap-webhooks';

@Injectable()
export class KmsCipher extends SecretCipher {
  private readonly url: string;

  constructor(config: ConfigService) {
    super();
    this.url = config.getOrThrow<string>('KMS_URL');
  }

  override async encrypt(secret: string, webhookId: string): Promise<Uint8Array> {
    return Buffer.from(await this.call({ plaintext: secret, context: webhookId }), 'base64');
  }

  override decrypt(encrypted: Uint8Array, webhookId: string): Promise<string> {
    return this.call({ ciphertext: Buffer.from(encrypted).toString('base64'), context: webhookId });
  }

  private async call(request: object): Promise<string> {
    const response = await fetch(this.url, { method: 'POST', body: JSON.stringify(request) });
    if (!response.ok) throw Object.assign(new Error(await response.text()), { status: response.status });
    return response.text();
  }
}

import { readFile } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { HttpWebhookSender, WebhookHttpService, type WebhookConnection, type WebhookRequest } from 'docmap-webhooks';
import { Users } from './users.module.js';

@Injectable()
export class MtlsSender extends HttpWebhookSender {
  constructor(
    http: WebhookHttpService,
    private readonly config: ConfigService,
    private readonly users: Users,
  ) {
    super(http);
  }

  protected override async connectionOf({ userId }: WebhookRequest): Promise<WebhookConnection> {
    const [cert, key, ca] = await Promise.all(
      ['CLIENT_CERT', 'CLIENT_KEY', 'RECEIVERS_CA'].map((name) => readFile(this.config.getOrThrow<string>(name))),
    );
    return { tls: { cert, key, ca }, headers: { 'x-plan': this.users.planOf(userId) } };
  }
}

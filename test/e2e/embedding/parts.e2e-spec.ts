import { describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { Webhook } from 'standardwebhooks';
import {
  AesSecretCipher,
  AppConfig,
  HttpWebhookSender,
  ListedRetrySchedule,
  LocalShortageError,
  SecretCipher,
  WebhookHttpService,
  WebhookSender,
  type AttemptOutcome,
  type DocmapWebhooksOptions,
  type RetryContext,
  type WebhookRequest,
} from '../../../src/index.js';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { startHost } from '../../support/host.js';
import { Receiver } from '../../support/receiver.js';
import { newSubscriber } from '../support/subscriber.js';

/** Services of the host. */
@Injectable()
class Tenants {
  readonly failures: RetryContext[] = [];

  tenantOf(userId: string): string {
    return `tenant of ${userId}`;
  }
}

@Injectable()
class TenantSender extends HttpWebhookSender {
  constructor(
    http: WebhookHttpService,
    private readonly tenants: Tenants,
  ) {
    super(http);
  }

  protected override connectionOf({ userId }: WebhookRequest) {
    return { headers: { 'x-tenant': this.tenants.tenantOf(userId) } };
  }
}

@Injectable()
class PlanSchedule extends ListedRetrySchedule {
  constructor(
    config: AppConfig,
    private readonly tenants: Tenants,
  ) {
    super(config.retrySchedule.map((delay) => Math.min(delay, 20)));
  }

  override delayAfter(attemptsMade: number, context: RetryContext) {
    this.tenants.failures.push(context);
    return context.outcome.response?.status === 500 ? super.delayAfter(attemptsMade, context) : undefined;
  }
}

/** Stores secrets as base64. */
@Injectable()
class Base64Cipher extends SecretCipher {
  constructor(readonly tenants: Tenants) {
    super();
  }

  override async encrypt(secret: string, webhookId: string) {
    return Buffer.from(btoa(`${webhookId} ${secret}`));
  }

  override async decrypt(encrypted: Uint8Array, webhookId: string) {
    const [id, secret] = atob(Buffer.from(encrypted).toString()).split(' ');
    if (id !== webhookId || secret === undefined) throw new Error('of another webhook');
    return secret;
  }
}

@Module({ providers: [Tenants], exports: [Tenants] })
class TenantsModule {}

const PARTS = [TenantSender, PlanSchedule, Base64Cipher];

@Module({ imports: [TenantsModule], providers: PARTS, exports: [TenantsModule, ...PARTS] })
class PartsModule {}

const tenants = new Tenants();

type Options = Partial<DocmapWebhooksOptions>;

/** The same three parts in each form that Nest knows. */
const FORMS: Record<string, Options> = {
  'as classes': {
    imports: [TenantsModule],
    sender: TenantSender,
    retrySchedule: PlanSchedule,
    secretCipher: Base64Cipher,
  },
  'with useClass': {
    imports: [TenantsModule],
    sender: { useClass: TenantSender },
    retrySchedule: { useClass: PlanSchedule },
    secretCipher: { useClass: Base64Cipher },
  },
  'with useFactory': {
    imports: [TenantsModule],
    sender: {
      inject: [WebhookHttpService, Tenants],
      useFactory: (http: WebhookHttpService, all: Tenants) => new TenantSender(http, all),
    },
    retrySchedule: {
      inject: [AppConfig, Tenants],
      useFactory: async (config: AppConfig, all: Tenants) => new PlanSchedule(config, all),
    },
    secretCipher: { inject: [Tenants], useFactory: (all: Tenants) => new Base64Cipher(all) },
  },
  'with useExisting': {
    imports: [PartsModule],
    sender: { useExisting: TenantSender },
    retrySchedule: { useExisting: PlanSchedule },
    secretCipher: { useExisting: Base64Cipher },
  },
  'with useValue': {
    imports: [TenantsModule],
    sender: TenantSender,
    retrySchedule: { useValue: new PlanSchedule({ retrySchedule: [0, 20, 20] } as unknown as AppConfig, tenants) },
    secretCipher: { useValue: new Base64Cipher(tenants) },
  },
};

describe('A host application', () => {
  it.each(Object.keys(FORMS))('replaces sender, retry schedule and secret cipher %s', async (form) => {
    const host = await startHost({ options: FORMS[form]! });
    const receiver = await Receiver.start((_request, response, number) => {
      response.writeHead(number === 1 ? 500 : 501).end();
    });
    try {
      const { publish, api, secret, userId, webhookId, webhookUuid } = await newSubscriber(host, receiver.url);
      await api.patch(`/v1/webhooks/${webhookId}`, { metadata: { plan: 'free' } });
      await publish({ extractionId: 'extract-1' });
      expect(await api.log(2)).toMatchObject([
        { attempt: 2, httpStatus: 501, nextAttemptAt: null },
        { attempt: 1, httpStatus: 500 },
      ]);

      const [request] = receiver.requests;
      const headers = request!.headers as Record<string, string>;
      expect(headers['x-tenant']).toBe(`tenant of ${userId}`);
      expect(() => new Webhook(secret).verify(request!.body, headers)).not.toThrow();

      const { failures } = form === 'with useValue' ? tenants : host.app.get(Tenants, { strict: false });
      const context = { webhookId, userId, metadata: { plan: 'free' }, event: 'extraction.completed' };
      expect(failures).toMatchObject([
        { ...context, outcome: { error: 'HTTP 500', response: { status: 500 } } },
        { ...context, outcome: { error: 'HTTP 501' } },
      ]);

      const stored = await host.app
        .get(PrismaService)
        .webhook.findUniqueOrThrow({ where: { id: webhookUuid }, select: { secret: true } });
      expect(atob(Buffer.from(stored.secret).toString())).toBe(`${webhookUuid} ${secret}`);
    } finally {
      await host.close();
      await receiver.close();
    }
  });

  it('replaces the sender by one of its own kind, which sends nothing', async () => {
    class MemorySender extends WebhookSender {
      readonly sent: WebhookRequest[] = [];

      override async send(request: WebhookRequest): Promise<AttemptOutcome> {
        this.sent.push(request);
        return { response: { status: 204, headers: {}, body: '', truncated: false }, error: null, durationMs: 0 };
      }
    }
    const sender = new MemorySender();
    const host = await startHost({ options: { sender: { useValue: sender } } });
    try {
      const { publish, api, webhookId, userId } = await newSubscriber(host, 'https://receiver.example/');
      await api.patch(`/v1/webhooks/${webhookId}`, { metadata: { plan: 'free' } });
      await publish();
      expect(await api.log(1)).toMatchObject([{ status: 'success', httpStatus: 204 }]);
      const metadata = { plan: 'free' };
      expect(sender.sent).toMatchObject([{ webhookId, userId, metadata, url: 'https://receiver.example/' }]);
    } finally {
      await host.close();
    }
  });

  it('delays only the webhooks whose additions are out of reach, and uses up no attempt', async () => {
    let isAway = true;
    class TokenSender extends HttpWebhookSender {
      protected override async connectionOf({ url }: WebhookRequest) {
        if (url.endsWith('/away') && isAway) throw new LocalShortageError('no token');
        return { headers: { authorization: 'Bearer 1' } };
      }
    }
    const host = await startHost({ options: { sender: TokenSender, dispatchConcurrency: 1, retrySchedule: '0s' } });
    const receiver = await Receiver.start();
    try {
      const away = await newSubscriber(host, `${receiver.url}/away`);
      const near = await newSubscriber(host, receiver.url);
      const { id } = await away.publish();
      for (let count = 1; count <= 3; count += 1) {
        await near.publish();
        await receiver.received(count);
      }
      const { body } = await away.api.get(`/v1/events/${id}`);
      expect(body.data.deliveries).toMatchObject([{ state: 'pending', attempts: 0 }]);
      isAway = false;
      const request = (await receiver.received(4))[3]!;
      expect(request).toMatchObject({ path: '/webhooks/docmap/away', headers: { authorization: 'Bearer 1' } });
      expect(await away.api.log(1)).toMatchObject([{ status: 'success', attempt: 1 }]);
    } finally {
      await host.close();
      await receiver.close();
    }
  });

  it('extends the cipher of the service', async () => {
    const other = new AesSecretCipher(Buffer.alloc(32, 7));
    class TwoCiphers extends AesSecretCipher {
      override decrypt(encrypted: Uint8Array, webhookId: string) {
        return other.isCurrent(encrypted) ? other.decrypt(encrypted, webhookId) : super.decrypt(encrypted, webhookId);
      }
    }
    const secretCipher = { useFactory: () => new TwoCiphers(Buffer.alloc(32, 8)) };
    const host = await startHost({ options: { secretCipher } });
    const receiver = await Receiver.start();
    try {
      const { publish, secret, webhookUuid: id } = await newSubscriber(host, receiver.url);
      const encrypted = other.encrypt(secret, id);
      await host.app.get(PrismaService).webhook.update({ where: { id }, data: { secret: encrypted } });
      await publish();
      const [request] = await receiver.received(1);
      const headers = request!.headers as Record<string, string>;
      expect(() => new Webhook(secret).verify(request!.body, headers)).not.toThrow();
    } finally {
      await host.close();
      await receiver.close();
    }
  });
});

import type { Abstract, FactoryProvider, InjectionToken, Provider, Type } from '@nestjs/common';
import { ApiKeysService } from './auth/api-keys.service.js';
import { Authenticator } from './auth/authenticator.js';
import { AppConfig } from './config/app-config.js';
import { ConfigError } from './config/config-error.js';
import { ListedRetrySchedule, RetrySchedule } from './dispatcher/retry-schedule.js';
import { HttpWebhookSender, WebhookSender } from './dispatcher/webhook-sender.js';
import { defaultSecretCipher } from './webhooks/default-secret-cipher.js';
import { SecretCipher } from './webhooks/secret-cipher.js';
import { FixedWebhookLimit, WebhookLimit } from './webhooks/webhook-limit.js';

/** An implementation of a part: a class, or a provider without its token. */
export type Part<Contract> =
  | Type<Contract>
  | { useClass: Type<Contract> }
  | { useExisting: InjectionToken }
  | { useValue: Contract }
  // oxlint-disable-next-line typescript/no-explicit-any -- this is Nest's own type of a factory
  | { useFactory: (...dependencies: any[]) => Contract | Promise<Contract>; inject?: FactoryProvider['inject'] };

/** The parts of the application that a host may replace. */
export interface Parts {
  /** Identifies the caller of a request. Default: {@link ApiKeysService}. */
  authenticator?: Part<Authenticator>;
  /** Sends the requests to webhooks. Default: {@link HttpWebhookSender}. */
  sender?: Part<WebhookSender>;
  /** Computes the time of the next attempt after a failure. Default: {@link ListedRetrySchedule}. */
  retrySchedule?: Part<RetrySchedule>;
  /** Encrypts signing secrets at rest. Default: AES-256-GCM under `secretsKey`. */
  secretCipher?: Part<SecretCipher>;
  /** Computes how many active webhooks a user may have. Default: {@link FixedWebhookLimit}, which allows ten. */
  webhookLimit?: Part<WebhookLimit>;
}

/** The injection tokens of all parts. */
export const PART_TOKENS = [Authenticator, WebhookSender, RetrySchedule, SecretCipher, WebhookLimit];

/** Makes the providers of all parts: those of the host, and defaults for the others. */
export function partProviders(parts: Parts): Provider[] {
  return [
    providerOf(Authenticator, parts.authenticator) ?? { provide: Authenticator, useExisting: ApiKeysService },
    providerOf(WebhookSender, parts.sender) ?? { provide: WebhookSender, useClass: HttpWebhookSender },
    providerOf(RetrySchedule, parts.retrySchedule) ?? {
      provide: RetrySchedule,
      inject: [AppConfig],
      useFactory: ({ retrySchedule }: AppConfig) => new ListedRetrySchedule(retrySchedule),
    },
    providerOf(SecretCipher, parts.secretCipher) ?? defaultSecretCipher,
    providerOf(WebhookLimit, parts.webhookLimit) ?? { provide: WebhookLimit, useClass: FixedWebhookLimit },
  ];
}

const PROVIDER_KEYS = ['useClass', 'useExisting', 'useValue', 'useFactory'];

function providerOf<Contract>(provide: Abstract<Contract>, part: Part<Contract> | undefined): Provider | undefined {
  if (part === undefined) return undefined;
  if (typeof part !== 'function' && !PROVIDER_KEYS.some((key) => key in Object(part))) {
    throw new ConfigError([`${provide.name} must be a class, or an object with ${PROVIDER_KEYS.join(', ')}`]);
  }
  return typeof part === 'function' ? { provide, useClass: part } : ({ provide, ...part } as Provider);
}

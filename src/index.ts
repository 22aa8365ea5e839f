export { AppModule } from './app.module.js';
export { APP_OPTIONS, configureApp, createAdapter, createDocument } from './app.setup.js';
export { Authenticator } from './auth/authenticator.js';
export { CurrentCaller, Public, Scopes } from './auth/auth.decorators.js';
export type { Caller, Scope } from './auth/caller.js';
export { DomainError, type ErrorCode } from './common/domain-error.js';
export { LocalShortageError } from './common/local-shortage.error.js';
export { AppConfig } from './config/app-config.js';
export { ConfigError, loadConfig } from './config/environment.js';
export { PrismaService, type Transaction } from './database/prisma.service.js';
export type { AttemptOutcome, ReceivedResponse } from './deliveries/attempt-outcome.js';
export { AttemptsSettledEvent } from './dispatcher/attempts-settled.event.js';
export { ListedRetrySchedule, RetrySchedule, type RetryContext } from './dispatcher/retry-schedule.js';
export type { TlsOptions } from './dispatcher/tls-identity.js';
export type { WebhookFacts } from './dispatcher/webhook-facts.js';
export { WebhookHttpService } from './dispatcher/webhook-http.service.js';
export {
  HttpWebhookSender,
  WebhookSender,
  type WebhookConnection,
  type WebhookRequest,
} from './dispatcher/webhook-sender.js';
export type { AcceptedEventDto } from './events/events.dto.js';
export { EventsModule } from './events/events.module.js';
export { EventsService } from './events/events.service.js';
export {
  ExtractionCompletedEvent,
  ExtractionFailedEvent,
  type ExtractionEventInput,
} from './events/extraction.events.js';
export type { EventType } from './webhooks/event-types.js';
export type { Part, Parts } from './parts.js';
export { AesSecretCipher } from './webhooks/aes-secret-cipher.js';
export { SecretCipher } from './webhooks/secret-cipher.js';

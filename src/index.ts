export type { ApiControllers } from './api.module.js';
export { ApiErrorFilter } from './auth/api-error.filter.js';
export { ApiKeysService } from './auth/api-keys.service.js';
export { AuthModule } from './auth/auth.module.js';
export { CurrentCaller, Public, Scopes } from './auth/auth.decorators.js';
export { Authenticator } from './auth/authenticator.js';
export { BearerGuard } from './auth/bearer.guard.js';
export type { Caller, KeyScope, Scope } from './auth/caller.js';
export { ScopesGuard } from './auth/scopes.guard.js';
export type { EventNames } from './common/event-names.js';
export { DomainError, type DomainErrorOptions, type ErrorCode } from './common/domain-error.js';
export { LocalShortageError } from './common/local-shortage.error.js';
export { AppConfig, type LogFormat, type LogLevel, type Role } from './config/app-config.js';
export type { ConfigOptions } from './config/config-options.js';
export { ConfigError } from './config/config-error.js';
export { loadConfig } from './config/environment.js';
export type { HostTransaction } from './database/host-transaction.js';
export { PrismaService } from './database/prisma.service.js';
export type { AttemptOutcome, ReceivedResponse } from './queue/attempt-outcome.js';
export { DeliveriesModule } from './deliveries/deliveries.module.js';
export { DeliveriesService } from './deliveries/deliveries.service.js';
export type { Settlement } from './queue/settlement.js';
export type { LeasedDelivery as ClaimedDelivery, SettledAttempt } from './queue/outbox.types.js';
export { AttemptsSettledEvent } from './dispatcher/attempts-settled.event.js';
export { ListedRetrySchedule, RetrySchedule, type RetryContext } from './dispatcher/retry-schedule.js';
export type { ClientCertificate, OAuth2Client, ReceiverAuth } from './dispatcher/receiver-auth.js';
export type { TlsOptions } from './dispatcher/tls-identity.js';
export type { WebhookFacts } from './dispatcher/webhook-facts.js';
export { WebhookHttpService } from './dispatcher/webhook-http.service.js';
export {
  HttpWebhookSender,
  WebhookSender,
  type WebhookConnection,
  type WebhookRequest,
} from './dispatcher/webhook-sender.js';
export {
  DocmapWebhooksModule,
  type DocmapWebhooksAsyncOptions,
  type DocmapWebhooksOptions,
  type ModuleExtras,
  type ModuleOptions,
  type RetryScheduleOption,
} from './docmap-webhooks.module.js';
export type { AcceptedEventDto } from './events/events.dto.js';
export { EventsModule } from './events/events.module.js';
export { EventsService } from './events/events.service.js';
export {
  ExtractionCompletedEvent,
  ExtractionFailedEvent,
  type ExtractionEvent,
  type ExtractionEventInput,
} from './events/extraction.events.js';
export { describeWebhooks } from './api-document/describe-webhooks.js';
export { documentInLanguage } from './api-document/document-in-language.js';
export type { DeliveryTrigger } from './generated/prisma/client.js';
export { Readiness } from './health/readiness.js';
export { hardenServer, type HardenOptions } from './http/harden-server.js';
export { migrate, type MigrateOptions } from './database/migrate-database.js';
export type { Part, Parts } from './parts.js';
export { AesSecretCipher } from './webhooks/aes-secret-cipher.js';
export {
  defineEventType,
  type EventInput,
  type EventType,
  type EventTypeDefinition,
  type EventTypeDocumentation,
  type PublishableEvent,
} from './webhooks/event-type.js';
export { EventTypes } from './webhooks/event-types.js';
export {
  SecretRotated,
  WebhookCreated,
  WebhookDeleted,
  WebhookDisabled,
  WebhookEnabled,
  WebhookUpdated,
  type Actor,
} from './webhooks/life-cycle.events.js';
export { SecretCipher } from './webhooks/secret-cipher.js';
export { SecretsReencryption, type ReencryptionReport } from './webhooks/secrets-reencryption.js';
export { FixedWebhookLimit, WebhookLimit } from './webhooks/webhook-limit.js';
export { ExactNumber } from './common/exact-number.js';
export type { SealedAuth } from './webhooks/sealed-auth.js';
export type { SealedHeaders } from './webhooks/sealed-headers.js';
export type { ClientCertificateAuth, OAuth2Auth, WebhookAuth } from './webhooks/webhook-auth.js';
export type { WebhookHeaders } from './webhooks/webhook-headers.js';
export type { WebhookFilter } from './webhooks/filter.js';
export type { FilterResultDto, TestFilterDto } from './webhooks/filter-test.dto.js';
export type { WebhookMetadata } from './webhooks/webhook-metadata.js';
export type { WebhookOrdering } from './webhooks/webhook-ordering.js';
export type { WebhookRateLimit } from './webhooks/webhook-rate-limit.js';
export type { WebhookDto, WebhookWithSecretDto } from './webhooks/webhook.dto.js';
export type { CreateWebhookDto, ListWebhooksDto, RotateSecretDto, UpdateWebhookDto } from './webhooks/webhooks.dto.js';
export { WebhooksModule } from './webhooks/webhooks.module.js';
export { WebhooksService } from './webhooks/webhooks.service.js';

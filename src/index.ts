export { Authenticator } from './auth/authenticator.js';
export { CurrentCaller, Public, Scopes } from './auth/auth.decorators.js';
export type { ApiControllers } from './api.module.js';
export type { Caller, Scope } from './auth/caller.js';
export { DomainError, type DomainErrorOptions, type ErrorCode } from './common/domain-error.js';
export { AppConfig, type LogFormat, type LogLevel, type Role } from './config/app-config.js';
export type { ConfigOptions } from './config/config-options.js';
export { ConfigError, loadConfig } from './config/environment.js';
export { PrismaService, type Transaction } from './database/prisma.service.js';
export type { AttemptOutcome, ReceivedResponse } from './deliveries/attempt-outcome.js';
export type { ClaimedDelivery, SettledAttempt } from './deliveries/outbox.js';
export { AttemptsSettledEvent } from './dispatcher/attempts-settled.event.js';
export {
  DocmapWebhooksModule,
  type DocmapWebhooksAsyncOptions,
  type DocmapWebhooksOptions,
  type ModuleExtras,
  type ModuleOptions,
  type RetryScheduleOption,
} from './docmap-webhooks.module.js';
export { RetrySchedule } from './dispatcher/retry-schedule.js';
export { WebhookSender, type WebhookRequest } from './dispatcher/webhook-sender.js';
export type { AcceptedEventDto } from './events/events.dto.js';
export { EventsModule } from './events/events.module.js';
export { EventsService } from './events/events.service.js';
export {
  ExtractionCompletedEvent,
  ExtractionFailedEvent,
  type ExtractionEvent,
  type ExtractionEventInput,
} from './events/extraction.events.js';
export type { EventType } from './webhooks/event-types.js';
export type { Part, Parts } from './parts.js';
export { SecretCipher } from './webhooks/secret-cipher.js';

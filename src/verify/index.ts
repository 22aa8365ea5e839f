export { newWebhookKeyPair, type WebhookKeyPair } from './ed25519-keys.js';
export type { RequestHeaders } from './request-headers.js';
export { signWebhook, type EventToSign, type SignedWebhook, type SignWebhookOptions } from './sign-webhook.js';
export type { SecretSource, WebhookRequest } from './verified-request.js';
export { verifyWebhook, type VerificationSecret, type VerifyWebhookOptions } from './verify-webhook.js';
export type { ExtractionData, WebhookData, WebhookEvent, WebhookEvents } from './webhook-events.js';
export { webhookGuard, type WebhookGuard } from './webhook-guard.js';
export { webhookMiddleware } from './webhook-middleware.js';
export { WebhookVerificationError, type WebhookVerificationReason } from './webhook-verification.error.js';

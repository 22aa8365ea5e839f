export { verifyWebhook as verify, WebhookVerificationError } from 'docmap-webhooks/verify';

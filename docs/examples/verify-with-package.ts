export { verifyWebhook as verify } from 'docmap-webhooks/verify';

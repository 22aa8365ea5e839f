import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Test } from '@nestjs/testing';
import { AesSecretCipher, SecretCipher, WebhooksService } from 'docmap-webhooks';
import { deliveriesSettled, MemorySender, webhooksInMemory } from 'docmap-webhooks/testing';
import { DocumentsService } from './documents.service.js';

void test('sends a completed document again when the receiver fails', async () => {
  Object.assign(process.env, { DATABASE_URL: 'postgresql://unused', JWT_SECRET: 'x', KMS_URL: 'x' });
  const { AppModule } = await import('./app.module.js');
  const sender = new MemorySender();
  const module = await webhooksInMemory(Test.createTestingModule({ imports: [AppModule] }), { sender })
    .overrideProvider(SecretCipher)
    .useValue(new AesSecretCipher(Buffer.alloc(32)))
    .compile();
  const app = await module.init();
  const caller = { userId: 'user-1', keyId: 'test', scopes: ['webhooks'] };
  const url = 'https://receiver.example/hook';
  await app.get(WebhooksService, { strict: false }).create(caller, { url, events: ['extraction.completed'] });

  sender.respondWith(500, 200);
  await app.get(DocumentsService, { strict: false }).complete('user-1', 'extract-1');
  await deliveriesSettled(app);

  assert.equal(sender.requestsFor(url).length, 2);
  await app.close();
});

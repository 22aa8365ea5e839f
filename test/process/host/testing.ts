/**
 * A test of an application, as a program. It is compiled and run where the package is installed, and prints its
 * results.
 */
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  DocmapWebhooksModule,
  EventsService,
  ExtractionCompletedEvent,
  WebhookSender,
  WebhooksService,
} from 'docmap-webhooks';
import { deliveriesSettled, MemorySender, webhooksInMemory } from 'docmap-webhooks/testing';

@Module({
  imports: [
    DocmapWebhooksModule.forRoot({
      databaseUrl: 'postgresql://none@127.0.0.1:1/none',
      secretsKey: '0123456789abcdef'.repeat(4),
    }),
  ],
})
class HostModule {}

const sender = new MemorySender();
const module = await webhooksInMemory(Test.createTestingModule({ imports: [HostModule] }), { sender }).compile();
await module.init();
const owner = { userId: 'uid_host', keyId: 'key', scopes: [] };
await module
  .get(WebhooksService, { strict: false })
  .create(owner, { url: 'https://receiver.example/hook', events: ['extraction.completed'] });
await module
  .get(EventsService, { strict: false })
  .publish(new ExtractionCompletedEvent({ userId: 'uid_host', extractionId: 'extract-1', data: {} }));
await deliveriesSettled(module);
const answers = {
  isSameClass: sender instanceof WebhookSender && module.get(WebhookSender, { strict: false }) === sender,
  requests: sender.requestsFor('https://receiver.example/hook').length,
  isSigned: sender.requests[0]?.headers['webhook-signature']?.startsWith('v1,'),
};
await module.close();
process.stdout.write(JSON.stringify(answers));

import { Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { DocmapWebhooksModule } from 'docmap-webhooks';
import { documentArchived } from './document-archived.event.js';
import { DocumentsModule } from './documents.module.js';
import { HealthController } from './health.controller.js';
import { JwtAuthenticator } from './jwt-authenticator.js';
import { KmsCipher } from './kms-cipher.js';
import { MtlsSender } from './mtls-sender.js';
import { PlanLimit } from './plan-limit.js';
import { PlanRetrySchedule } from './plan-retry-schedule.js';
import { UsersModule } from './users.module.js';
import { webhookOptions } from './webhook-options.js';

@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true }),
    EventEmitterModule.forRoot(),
    DocmapWebhooksModule.forRootAsync({
      path: 'api/v2',
      controllers: { apiKeys: false },
      imports: [UsersModule],
      eventTypes: [documentArchived],
      authenticator: JwtAuthenticator,
      sender: MtlsSender,
      retrySchedule: PlanRetrySchedule,
      secretCipher: KmsCipher,
      webhookLimit: PlanLimit,
      inject: [ConfigService],
      useFactory: webhookOptions,
    }),
    DocumentsModule,
  ],
  controllers: [HealthController],
})
export class AppModule {}

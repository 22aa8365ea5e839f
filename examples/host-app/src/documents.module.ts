import { Module } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { Pool } from 'pg';
import { ArchiveService } from './archive.service.js';
import { AttemptsListener } from './attempts.listener.js';
import { DisabledListener } from './disabled.listener.js';
import { DocumentsController } from './documents.controller.js';
import { DocumentsService } from './documents.service.js';
import { OnboardingController } from './onboarding.controller.js';

const pool = {
  provide: Pool,
  inject: [ConfigService],
  useFactory: (config: ConfigService) => new Pool({ connectionString: config.getOrThrow<string>('DATABASE_URL') }),
};

@Module({
  controllers: [DocumentsController, OnboardingController],
  providers: [pool, ArchiveService, AttemptsListener, DisabledListener, DocumentsService],
})
export class DocumentsModule {}

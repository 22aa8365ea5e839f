import { Module } from '@nestjs/common';
import { AttemptsListener } from './attempts.listener.js';
import { DocumentsController } from './documents.controller.js';
import { DocumentsService } from './documents.service.js';
import { OnboardingController } from './onboarding.controller.js';

@Module({
  controllers: [DocumentsController, OnboardingController],
  providers: [AttemptsListener, DocumentsService],
})
export class DocumentsModule {}

import { Module } from '@nestjs/common';
import { Readiness } from './readiness.js';

/** Whether the process can accept events. */
@Module({ providers: [Readiness], exports: [Readiness] })
export class HealthModule {}

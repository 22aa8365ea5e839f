import { Module } from '@nestjs/common';
import { Readiness } from './readiness.js';

/** Readiness: whether the process can accept events. */
@Module({ providers: [Readiness], exports: [Readiness] })
export class HealthModule {}

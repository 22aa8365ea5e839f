import { Global, Module, type NestModule } from '@nestjs/common';
import { HostEmitters } from './host-emitters.js';
import { RecurringJobs } from './recurring-jobs.js';
import { ServiceEmitter } from './service-emitter.js';
import { Tracing } from './tracing.js';

/** In-process events, recurring jobs and tracing, shared by all modules. */
@Global()
@Module({
  providers: [HostEmitters, RecurringJobs, ServiceEmitter, Tracing],
  exports: [HostEmitters, RecurringJobs, ServiceEmitter, Tracing],
})
export class RuntimeModule implements NestModule {
  constructor(private readonly hostEmitters: HostEmitters) {}

  /** Nest calls this after all providers exist, and before any `onModuleInit`, where modules may emit. */
  configure(): void {
    this.hostEmitters.discover();
  }
}

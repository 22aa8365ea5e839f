import { Global, Module, type NestModule } from '@nestjs/common';
import { HostEmitters } from './host-emitters.js';
import { RecurringJobs } from './recurring-jobs.js';
import { ServiceEmitter } from './service-emitter.js';

/** In-process events and recurring jobs, shared by all modules. */
@Global()
@Module({
  providers: [HostEmitters, RecurringJobs, ServiceEmitter],
  exports: [HostEmitters, RecurringJobs, ServiceEmitter],
})
export class RuntimeModule implements NestModule {
  constructor(private readonly hostEmitters: HostEmitters) {}

  /** Nest calls this after all providers exist, and before any `onModuleInit`, where modules may emit. */
  configure(): void {
    this.hostEmitters.discover();
  }
}

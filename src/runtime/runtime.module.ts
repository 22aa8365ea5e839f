import { Global, Module, type NestModule } from '@nestjs/common';
import { HostEmitters } from './host-emitters.js';
import { RecurringJobs } from './recurring-jobs.js';
import { ServiceEmitter } from './service-emitter.js';

/** What modules share while they run: in-process events and recurring jobs. */
@Global()
@Module({
  providers: [HostEmitters, RecurringJobs, ServiceEmitter],
  exports: [HostEmitters, RecurringJobs, ServiceEmitter],
})
export class RuntimeModule implements NestModule {
  constructor(private readonly hostEmitters: HostEmitters) {}

  /** Nest calls this when all providers exist, and before any `onModuleInit`, in which modules may emit. */
  configure(): void {
    this.hostEmitters.discover();
  }
}

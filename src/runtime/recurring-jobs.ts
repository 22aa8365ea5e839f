import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';

/**
 * Runs the recurring jobs of this package.
 *
 * `ScheduleModule` runs the decorated methods of all modules, once per import. A host that imports it would run our jobs
 * twice, and our import would run the host's jobs twice. This class therefore has a registry of its own.
 */
@Injectable()
export class RecurringJobs implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(RecurringJobs.name);
  /** Registry of running jobs, from `@nestjs/schedule`. */
  readonly registry = new SchedulerRegistry();
  private readonly jobs = new Map<string, { intervalMs: number; run: () => unknown }>();

  /**
   * Adds a job. It runs for the first time one interval after the application's bootstrap.
   *
   * @param name unique in the process; precedes an error in the log
   */
  every(intervalMs: number, name: string, run: () => unknown): void {
    this.jobs.set(name, { intervalMs, run });
  }

  onApplicationBootstrap(): void {
    for (const [name, { intervalMs, run }] of this.jobs) {
      this.registry.addInterval(
        name,
        setInterval(() => void this.run(name, run), intervalMs),
      );
    }
  }

  beforeApplicationShutdown(): void {
    for (const name of this.registry.getIntervals()) this.registry.deleteInterval(name);
  }

  private async run(name: string, run: () => unknown): Promise<void> {
    try {
      await run();
    } catch (error) {
      this.logger.error(`${name}: ${(error as Error).message}`, (error as Error).stack);
    }
  }
}

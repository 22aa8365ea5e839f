import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';

/**
 * Runs the recurring work of this package.
 *
 * `ScheduleModule` runs the decorated methods of all modules once for each time that it is imported. A host application
 * that imports it would run our jobs twice, and our import would run the jobs of the host twice. The registry is therefore
 * one of our own.
 */
@Injectable()
export class RecurringJobs implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(RecurringJobs.name);
  /** Nest's registry of the running jobs. */
  readonly registry = new SchedulerRegistry();
  private readonly jobs = new Map<string, { intervalMs: number; run: () => unknown }>();

  /**
   * Adds a job. It first runs one interval after the application's bootstrap.
   *
   * @param name unique in the process
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

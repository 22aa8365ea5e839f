import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { RecurringJobs } from '../runtime/recurring-jobs.js';
import { AttemptSummariesRepository } from './attempt-summaries.repository.js';

const INTERVAL_MS = 60_000;
/** The most time of a run. After an upgrade, runs summarize the log of the past. */
const RUN_MS = 5_000;

/**
 * Summarizes the log, ten minutes at a time. Statistics read the summaries instead of the log: a minute of statistics of a busy
 * user would otherwise read thousands of attempts.
 */
@Injectable()
export class AttemptSummariesService implements BeforeApplicationShutdown {
  private running: Promise<void> | undefined;
  private isStopping = false;

  constructor(
    private readonly repository: AttemptSummariesRepository,
    jobs: RecurringJobs,
  ) {
    jobs.every(INTERVAL_MS, 'summaries of attempts', () => this.summarize());
  }

  /** Summarizes all that is missing, for {@link RUN_MS} at most. A call during a run waits for that run. */
  summarize(): Promise<void> {
    this.running ??= this.run().finally(() => (this.running = undefined));
    return this.running;
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    await this.running;
  }

  private async run(): Promise<void> {
    const end = performance.now() + RUN_MS;
    while (!this.isStopping && performance.now() < end && (await this.repository.summarizeNext()));
  }
}

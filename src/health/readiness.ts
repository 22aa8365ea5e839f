import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Server } from 'node:http';
import { AppConfig } from '../config/app-config.js';
import { text } from '../translations/phrase.js';
import { Database } from '../database/database.js';

/** Reasons why a process can't accept an event, with the explanation that `/health/ready` responds. */
export const REASONS = {
  stopping: text('this process stops'),
  'secrets-key': text('signing secrets can not be read with this SECRETS_KEY'),
  database: text('the database does not answer'),
  'read-only': text('the database takes no writes'),
  'disk-full': text('the disk of the database is full'),
} as const;

export type Reason = keyof typeof REASONS;

/** Time limit for the test write, in milliseconds. */
const WRITE_WITHIN_MS = 1_000;
/** A result is reused for this time in milliseconds. Frequent checks therefore cause no load on the database. */
const ANSWER_LIFE_MS = 1_000;

/**
 * Decides whether this process can accept an event.
 *
 * When the application stops, it is not ready immediately, and keeps serving for `SHUTDOWN_DELAY_MS`. Load balancers then
 * send requests elsewhere before connections are refused.
 */
@Injectable()
export class Readiness implements OnModuleDestroy {
  private readonly logger = new Logger(Readiness.name);
  private refusal: Reason | undefined;
  private probe: Promise<Reason | undefined> | undefined;
  private answer: { reason: Reason | undefined; until: number } | undefined;
  private last: Reason | undefined;

  constructor(
    private readonly database: Database,
    private readonly config: AppConfig,
    private readonly host: HttpAdapterHost,
  ) {}

  /** Reports not ready until the process ends. */
  refuse(reason: Reason): void {
    this.refusal ??= reason;
  }

  /** Resolves within {@link WRITE_WITHIN_MS}. Undefined if the process can accept an event. */
  async reason(): Promise<Reason | undefined> {
    if (this.refusal) return this.refusal;
    if (this.answer && performance.now() < this.answer.until) return this.answer.reason;
    this.probe ??= this.ask().finally(() => (this.probe = undefined));
    const reason = await within(WRITE_WITHIN_MS, this.probe);
    this.answer = { reason, until: performance.now() + ANSWER_LIFE_MS };
    // refuse() may have been called during the probe.
    return this.refusal ?? reason;
  }

  async onModuleDestroy(): Promise<void> {
    this.refuse('stopping');
    const { listening = false } = (this.host.httpAdapter?.getHttpServer() as Server | undefined) ?? {};
    if (!listening || this.config.shutdownDelayMs === 0) return;
    this.logger.log(`Stopping: serving requests for another ${this.config.shutdownDelayMs} ms`);
    await delay(this.config.shutdownDelayMs);
  }

  private async ask(): Promise<Reason | undefined> {
    const fault = await this.database.writeFault();
    const reason = fault?.reason;
    // Logged when it changes, not at every question.
    if (reason !== this.last) this.logger.warn(fault ? `Not ready: ${fault.reason}: ${fault.message}` : 'Ready again');
    this.last = reason;
    return reason;
  }
}

/** The result of the probe, or `database` if it takes too long. */
async function within(ms: number, probe: Promise<Reason | undefined>): Promise<Reason | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Reason>((resolve) => {
    timer = setTimeout(() => resolve('database'), ms);
  });
  return Promise.race([probe, late]).finally(() => clearTimeout(timer));
}

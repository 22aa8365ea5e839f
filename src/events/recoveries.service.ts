import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import { DomainError } from '../common/domain-error.js';
import { cursorOf, DEFAULT_PAGE_SIZE, idOfCursor, pageOf } from '../common/cursor.js';
import { isUuid, timeOfUuidV7, webhookIdOf } from '../common/ids.js';
import { timeOf } from '../common/timestamp.js';
import { unknownId } from '../common/unknown-id.js';
import { AppConfig } from '../config/app-config.js';
import { DeliveriesQueuedEvent } from '../queue/deliveries-queued.event.js';
import type { Recovery } from '../generated/prisma/client.js';
import { RecurringJobs } from '../runtime/recurring-jobs.js';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import { WebhooksService } from '../webhooks/webhooks.service.js';
import { RecoveriesRepository, type Choice, type TimeWindow } from './recoveries.repository.js';
import { RecoveryPace } from './recovery-pace.js';
import type {
  ListRecoveriesDto,
  RecoverDto,
  RecoveryCountDto,
  RecoveryDto,
  RecoveryInclude,
  RecoveryPageDto,
  RecoveryStatus,
} from './recoveries.dto.js';

/** Longest wait of a request for its recovery. Its response has the progress at that time. */
const ANSWER_AFTER_MS = 1_000;
/** The time after which the count of the events of a window is given up, in milliseconds. It is only for the estimate. */
const SIZE_BUDGET_MS = 1_000;
/** The time after which a dry run begins no step, in milliseconds. */
const COUNT_BUDGET_MS = 2_000;
const RESUME_INTERVAL_MS = 5_000;

/** Queues events for a webhook again, when its owner or an operator requests it. */
@Injectable()
export class RecoveriesService implements BeforeApplicationShutdown {
  private readonly logger = new Logger(RecoveriesService.name);
  private readonly stopping = new AbortController();
  /** The run of {@link resume} that is under way. Written and read by `resume`. */
  private resuming: Promise<void> | undefined;

  constructor(
    private readonly webhooks: WebhooksService,
    private readonly recoveries: RecoveriesRepository,
    private readonly pace: RecoveryPace,
    private readonly emitter: ServiceEmitter,
    private readonly config: AppConfig,
    jobs: RecurringJobs,
  ) {
    // Only a process that sends deliveries knows whether others need its time.
    if (config.role !== 'api') jobs.every(RESUME_INTERVAL_MS, 'recoveries', () => this.resume());
  }

  /**
   * Queues the events of a time window that the webhook has not received, or all of them.
   *
   * @returns the recovery with its progress after at most about two seconds
   * @throws DomainError `VALIDATION_ERROR`, `NOT_FOUND` or `FORBIDDEN`
   */
  async recover(caller: Caller, publicId: string, request: RecoverDto): Promise<RecoveryDto> {
    const webhook = await this.webhooks.ownedActive(caller, publicId);
    const window = windowOf(webhook.userId, request);
    const total = await this.recoveries.size(window, Date.now() + SIZE_BUDGET_MS);
    const recovery = await this.recoveries.create({ ...window, ...choiceOf(webhook.id, request), total });
    await this.begin(recovery, Date.now() + ANSWER_AFTER_MS);
    return toDto((await this.recoveries.find(recovery.id)) ?? recovery);
  }

  /**
   * Counts the events that {@link recover} would queue now, by the same conditions. The webhook may be inactive.
   *
   * @throws DomainError `VALIDATION_ERROR`, `NOT_FOUND` or `FORBIDDEN`
   */
  async count(caller: Caller, publicId: string, request: RecoverDto): Promise<RecoveryCountDto> {
    const webhook = await this.webhooks.owned(caller, publicId);
    const window = windowOf(webhook.userId, request);
    const choice = choiceOf(webhook.id, request);
    const deadline = Date.now() + COUNT_BUDGET_MS;
    const result: RecoveryCountDto = { events: 0, oldest: null, newest: null, limited: false };
    let after: string | null = null;
    do {
      const { counted, last } = await this.recoveries.countStep(window, choice, after);
      result.events += counted.events;
      result.oldest ??= acceptedAt(counted.oldest);
      result.newest = acceptedAt(counted.newest) ?? result.newest;
      after = last;
    } while (after !== null && Date.now() < deadline);
    return { ...result, limited: after !== null };
  }

  /**
   * A page of the recoveries of a webhook, newest first.
   *
   * @throws DomainError `VALIDATION_ERROR`, `NOT_FOUND` or `FORBIDDEN`
   */
  async page(
    caller: Caller,
    publicId: string,
    { limit = DEFAULT_PAGE_SIZE, cursor }: ListRecoveriesDto,
  ): Promise<RecoveryPageDto> {
    const { id } = await this.webhooks.owned(caller, publicId);
    const rows = await this.recoveries.list(id, cursor === undefined ? undefined : idOfCursor(cursor), limit + 1);
    const { page, ...more } = pageOf(rows, limit, (row) => cursorOf(row.id));
    return { data: page.map(toDto), ...more };
  }

  async progress(caller: Caller, publicId: string, recoveryId: string): Promise<RecoveryDto> {
    return toDto(await this.owned(caller, publicId, recoveryId));
  }

  /**
   * Cancels the part of a recovery that is not queued yet. A recovery that has ended stays as it is.
   *
   * @returns the recovery, which has ended
   * @throws DomainError `NOT_FOUND` or `FORBIDDEN`
   */
  async cancel(caller: Caller, publicId: string, recoveryId: string): Promise<RecoveryDto> {
    const recovery = await this.owned(caller, publicId, recoveryId);
    await this.recoveries.cancel(recovery.id);
    return toDto((await this.recoveries.find(recovery.id)) ?? recovery);
  }

  /**
   * Continues recoveries that took longer than their request, or that a crash interrupted: a step of each in turn, until all
   * have ended.
   */
  resume(): Promise<void> {
    this.resuming ??= this.advanceAll().finally(() => (this.resuming = undefined));
    return this.resuming;
  }

  /** Ends the steps of this process. Another process continues. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.resuming;
  }

  private async owned(caller: Caller, publicId: string, recoveryId: string): Promise<Recovery> {
    const webhook = await this.webhooks.owned(caller, publicId);
    const recovery = isUuid(recoveryId) ? await this.recoveries.find(recoveryId) : null;
    if (recovery?.webhookUuid !== webhook.id) throw unknownId('recovery');
    return recovery;
  }

  /** Works on a new recovery until a time in milliseconds since 1970. Then {@link resume} goes on. */
  private async begin(recovery: Recovery, until: number): Promise<void> {
    while (await this.advance(recovery, until)) {
      if (Date.now() < until) continue;
      if (this.config.role !== 'api') void this.resume();
      return;
    }
  }

  private async advanceAll(): Promise<void> {
    try {
      for (let areLeft = true; areLeft;) {
        areLeft = false;
        for (const recovery of await this.recoveries.findRunning()) {
          if (await this.advance(recovery)) areLeft = true;
        }
      }
    } catch (error) {
      this.logger.warn(`Recoveries failed and are tried again: ${(error as Error).message}`);
    }
  }

  /**
   * Makes a step, and waits before the next.
   *
   * @param until the end of the wait, in milliseconds since 1970
   * @returns whether this process shall make another
   */
  private async advance(recovery: Recovery, until = Infinity): Promise<boolean> {
    if (this.stopping.signal.aborted) return false;
    const { stepSize } = this.pace;
    const begin = performance.now();
    const areLeft = await this.recoveries.advance(recovery, stepSize);
    this.emitter.emit(DeliveriesQueuedEvent.eventName, new DeliveriesQueuedEvent([recovery.webhookUuid]));
    if (!areLeft) return false;
    const waitMs = Math.min(this.pace.stepEnded(stepSize, performance.now() - begin), Math.max(0, until - Date.now()));
    if (waitMs > 0) await delay(waitMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    return !this.stopping.signal.aborted;
  }
}

function windowOf(userId: string, { since, until }: RecoverDto): TimeWindow {
  const now = new Date();
  const from = timeOf(since);
  const end = until === undefined ? now : timeOf(until);
  const to = end && end < now ? end : now;
  if (!from || from >= to) throw new DomainError('VALIDATION_ERROR', 'since must be before until and before now');
  return { userId, since: from, until: to };
}

function choiceOf(webhookUuid: string, { events = [], extractionIds = [], include = 'missed' }: RecoverDto): Choice {
  return { webhookUuid, events, extractionIds, include };
}

/** When an event was accepted, by its id. Windows compare this time. */
function acceptedAt(eventId: string | null): Date | null {
  return eventId === null ? null : new Date(timeOfUuidV7(eventId));
}

function toDto(recovery: Recovery): RecoveryDto {
  const { id, webhookUuid, since, until, include, queued, examined, createdAt, completedAt } = recovery;
  const status = (recovery.state ?? recovery.status) as RecoveryStatus;
  return {
    id,
    webhookId: webhookIdOf(webhookUuid),
    since,
    until,
    events: listOrNull(recovery.events),
    extractionIds: listOrNull(recovery.extractionIds),
    include: include as RecoveryInclude,
    status,
    queued,
    examined,
    ...estimateOf(recovery, status),
    createdAt,
    completedAt,
  };
}

function listOrNull(list: string[]): string[] | null {
  return list.length === 0 ? null : list;
}

/** The rest of the work. Its end is estimated from the average rate since the request. */
function estimateOf(
  { total, examined, createdAt }: Recovery,
  status: RecoveryStatus,
): Pick<RecoveryDto, 'left' | 'estimatedEndAt'> {
  if (status === 'completed') return { left: 0, estimatedEndAt: null };
  // More events than were counted, or fewer: the retention may remove some meanwhile.
  const left = total === null ? null : Math.max(0, total - examined);
  if (status !== 'running' || left === null || examined === 0) return { left, estimatedEndAt: null };
  const now = Date.now();
  const perEventMs = Math.max(0, now - createdAt.getTime()) / examined;
  return { left, estimatedEndAt: new Date(now + left * perEventMs) };
}

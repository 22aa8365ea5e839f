import { Injectable } from '@nestjs/common';
import { uuidV7, uuidV7Floor } from '../common/ids.js';
import { PrismaService } from '../database/prisma.service.js';
import type { CountSelectedRow, RecoverySelection } from '../queue/outbox.types.js';
import { OutboxService } from '../queue/outbox.service.js';
import { Prisma, type Recovery } from '../generated/prisma/client.js';

/** Events that one step of a count examines. */
const EVENTS_PER_COUNT_STEP = 500;

/** Events of one statement that reads only the index. It takes about ten milliseconds. */
const EVENTS_PER_COUNT = 20_000;

/** A running recovery: `coalesce(state, status) = 'running'`, for Prisma. `create` explains the two columns. */
const RUNNING = { OR: [{ state: 'running' }, { state: null, status: 'running' }] } satisfies Prisma.RecoveryWhereInput;

/** The events of a user in a time window. */
export type TimeWindow = Pick<Recovery, 'userId' | 'since' | 'until'>;

/** The events that a recovery chooses from its window. */
export type Choice = Pick<RecoverySelection, 'webhookUuid' | 'events' | 'extractionIds' | 'include'>;

@Injectable()
export class RecoveriesRepository {
  constructor(
    private readonly prisma: PrismaService,
    private readonly outbox: OutboxService,
  ) {}

  /** Stores a recovery. {@link advance} does its work. */
  create({ webhookUuid, ...choice }: Choice & TimeWindow & { total: number | null }): Promise<Recovery> {
    // A release without these choices would ignore them and queue too many events. It reads `status` only, and leaves this recovery
    // alone. This release reads `state` first: `coalesce(state, status)`.
    const isChosen = choice.include === 'all' || choice.events.length > 0 || choice.extractionIds.length > 0;
    const states = isChosen ? ({ status: 'completed', state: 'running' } as const) : {};
    const { events, extractionIds, ...rest } = choice;
    return this.prisma.recovery.create({
      data: {
        id: uuidV7(Date.now()),
        webhookUuid,
        ...rest,
        events: [...events],
        extractionIds: [...extractionIds],
        ...states,
      },
    });
  }

  find(id: string): Promise<Recovery | null> {
    return this.prisma.recovery.findUnique({ where: { id } });
  }

  /** The recoveries of a webhook, newest first. */
  list(webhookUuid: string, before: string | undefined, limit: number): Promise<Recovery[]> {
    return this.prisma.recovery.findMany({
      where: { webhookUuid, ...(before === undefined ? {} : { id: { lt: before } }) },
      orderBy: { id: 'desc' },
      take: limit,
    });
  }

  /** The running recoveries, oldest first. */
  findRunning(): Promise<Recovery[]> {
    return this.prisma.recovery.findMany({ where: RUNNING, orderBy: { id: 'asc' } });
  }

  /** Ends a recovery that is running. It waits for a step that another process is working on. */
  async cancel(id: string): Promise<void> {
    await this.prisma.recovery.updateMany({
      where: { id, ...RUNNING },
      data: { status: 'completed', state: 'cancelled', completedAt: new Date() },
    });
  }

  /**
   * Queues the events of the next step, and records the progress in the same transaction.
   *
   * Locks: the row of the recovery, until the commit. If another process has locked it, this call does nothing.
   *
   * @param limit the maximum number of events of the step
   * @returns whether steps are left. False also if another process advances the recovery
   */
  async advance({ id, since, until }: Pick<Recovery, 'id' | 'since' | 'until'>, limit: number): Promise<boolean> {
    return this.prisma.patiently('maintenance', async (tx) => {
      const from = Prisma.sql`coalesce(recovery.cursor, ${uuidV7Floor(since.getTime())}::uuid)`;
      const [step] = await tx.$queryRaw<RecoverySelection[]>`
        SELECT webhook_id AS "webhookUuid", events, extraction_ids AS "extractionIds", include,
          ARRAY(${eventsAfter(Prisma.sql`recovery.user_id`, from, until, limit)}) AS "eventIds"
        FROM recoveries recovery
        WHERE id = ${id}::uuid AND coalesce(state, status::text) = 'running' FOR UPDATE SKIP LOCKED`;
      if (!step) return false;
      const queued = await this.outbox.enqueueSelected(step, tx);
      const { length } = step.eventIds;
      const isLast = length < limit;
      await tx.$executeRaw`
        UPDATE recoveries SET cursor = coalesce(${step.eventIds.at(-1) ?? null}::uuid, cursor), queued = queued + ${queued}::int,
          examined = examined + ${length}::int, status = CASE WHEN ${isLast}::boolean THEN 'completed' ELSE status END,
          state = CASE WHEN ${isLast}::boolean AND state IS NOT NULL THEN 'completed' ELSE state END,
          completed_at = CASE WHEN ${isLast}::boolean THEN now() END
        WHERE id = ${id}::uuid`;
      return !isLast;
    });
  }

  /**
   * Counts the events that the next step of a recovery would queue. It takes no locks.
   *
   * @param after the last event of the step before; null for the first step
   * @returns the counts, and the last event of this step; null after the last step
   */
  async countStep(
    { userId, since, until }: TimeWindow,
    choice: Choice,
    after: string | null,
  ): Promise<{ counted: CountSelectedRow; last: string | null }> {
    return this.prisma.patiently('report', async (tx) => {
      const from = Prisma.sql`${after ?? uuidV7Floor(since.getTime())}::uuid`;
      const rows = await tx.$queryRaw<{ id: string }[]>(
        eventsAfter(Prisma.sql`${userId}`, from, until, EVENTS_PER_COUNT_STEP),
      );
      const eventIds = rows.map(({ id }) => id);
      const counted = await this.outbox.countSelected({ ...choice, eventIds }, tx);
      return { counted, last: eventIds.length < EVENTS_PER_COUNT_STEP ? null : (eventIds.at(-1) ?? null) };
    });
  }

  /**
   * Counts the events of a window, chosen or not.
   *
   * @param deadline the time, in milliseconds since 1970, after which no statement begins
   * @returns null if the count does not end in time
   */
  async size({ userId, since, until }: TimeWindow, deadline: number): Promise<number | null> {
    let size = 0;
    let after: string | null = uuidV7Floor(since.getTime());
    while (after !== null) {
      if (Date.now() >= deadline) return null;
      const step = eventsAfter(Prisma.sql`${userId}`, Prisma.sql`${after}::uuid`, until, EVENTS_PER_COUNT);
      const [row]: SizeRow[] = await this.prisma.$queryRaw<SizeRow[]>`
        SELECT count(*)::int AS events, max(id::text COLLATE "C") AS last FROM (${step}) step`;
      size += row?.events ?? 0;
      after = row?.events === EVENTS_PER_COUNT ? row.last : null;
    }
    return size;
  }
}

interface SizeRow {
  events: number;
  last: string | null;
}

/** The ids of the next events of a window, in ascending order. */
function eventsAfter(userId: Prisma.Sql, after: Prisma.Sql, until: Date, limit: number): Prisma.Sql {
  // The row comparison makes PostgreSQL read a range of the index of (user, id). With an equality on user_id it may scan the
  // index of all ids, which has the events of all users.
  return Prisma.sql`
    SELECT id FROM events
    WHERE (user_id, id) < (${userId}, ${uuidV7Floor(until.getTime())}::uuid) AND (user_id, id) > (${userId}, ${after})
    ORDER BY user_id, id LIMIT ${limit}::int`;
}

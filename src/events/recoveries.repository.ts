import { Injectable } from '@nestjs/common';
import { uuidV7, uuidV7Floor } from '../common/ids.js';
import { PrismaService } from '../database/prisma.service.js';
import { OutboxService } from '../queue/outbox.service.js';
import type { Prisma, Recovery } from '../generated/prisma/client.js';

/** Events that one step examines. With this number a step holds its locks for milliseconds. */
const EVENTS_PER_STEP = 500;

@Injectable()
export class RecoveriesRepository {
  constructor(
    private readonly prisma: PrismaService,
    private readonly outbox: OutboxService,
  ) {}

  create(recovery: Omit<Prisma.RecoveryCreateInput, 'id'>): Promise<Recovery> {
    return this.prisma.recovery.create({ data: { id: uuidV7(Date.now()), ...recovery } });
  }

  find(id: string): Promise<Recovery | null> {
    return this.prisma.recovery.findUnique({ where: { id } });
  }

  async findRunning(): Promise<string[]> {
    const rows = await this.prisma.recovery.findMany({ where: { status: 'running' }, select: { id: true } });
    return rows.map(({ id }) => id);
  }

  /**
   * Queues the missed events of the next step, and records the progress in the same transaction.
   *
   * Locks: the row of the recovery, until the commit. If another process has locked it, this call does nothing.
   *
   * @returns whether steps are left. False also if another process advances the recovery
   */
  async advance({ id, since, until }: Pick<Recovery, 'id' | 'since' | 'until'>): Promise<boolean> {
    return this.prisma.patiently('maintenance', async (tx) => {
      const [step] = await tx.$queryRaw<Step[]>`
        SELECT webhook_id AS "webhookId", ARRAY(
          SELECT id FROM events
          -- The row comparison makes PostgreSQL read a range of the index of (user, id). With an equality on user_id it may
          -- scan the index of all ids, which has the events of all users.
          WHERE (user_id, id) < (recovery.user_id, ${uuidV7Floor(until.getTime())}::uuid)
            AND (user_id, id) > (recovery.user_id, coalesce(recovery.cursor, ${uuidV7Floor(since.getTime())}::uuid))
          ORDER BY user_id, id LIMIT ${EVENTS_PER_STEP}) AS "eventIds"
        FROM recoveries recovery WHERE id = ${id}::uuid AND status = 'running' FOR UPDATE SKIP LOCKED`;
      if (!step) return false;
      const queued = await this.outbox.enqueueMissed(step.webhookId, step.eventIds, tx);
      const isLast = step.eventIds.length < EVENTS_PER_STEP;
      await tx.$executeRaw`
        UPDATE recoveries SET cursor = coalesce(${step.eventIds.at(-1) ?? null}::uuid, cursor), queued = queued + ${queued}::int,
          status = ${isLast ? 'completed' : 'running'}::recovery_status, completed_at = CASE WHEN ${isLast}::boolean THEN now() END
        WHERE id = ${id}::uuid`;
      return !isLast;
    });
  }
}

interface Step {
  webhookId: string;
  /** In ascending order. */
  eventIds: string[];
}

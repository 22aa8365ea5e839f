import { Injectable } from '@nestjs/common';
import { uuidV7, uuidV7Floor } from '../common/ids.js';
import { notify } from '../database/notification-channel.js';
import { PrismaService } from '../database/prisma.service.js';
import { DELIVERIES_QUEUED_CHANNEL } from '../queue/deliveries-queued.event.js';
import { deliveryId } from '../queue/statement-parts.js';
import { Prisma, type Recovery } from '../generated/prisma/client.js';

/** Events looked at in one step: few enough that a step holds its locks for milliseconds only. */
const EVENTS_PER_STEP = 500;

@Injectable()
export class RecoveriesRepository {
  constructor(private readonly prisma: PrismaService) {}

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
   * Queues the events of the next step that the webhook subscribes to and has not received: those it never had a
   * delivery of, and those whose delivery was given up. A pending delivery is left alone: it is under way.
   *
   * @returns whether more is to do
   */
  async advance({ id, since, until }: Pick<Recovery, 'id' | 'since' | 'until'>): Promise<boolean> {
    const statement = Prisma.sql`
      WITH recovery AS (
        SELECT * FROM recoveries WHERE id = ${id}::uuid AND status = 'running' FOR UPDATE SKIP LOCKED
      ), step AS (
        SELECT event.id, event.type FROM recovery CROSS JOIN LATERAL (
          SELECT id, type FROM events
          -- As a range of the user's index: by equality, the index of all ids might be gone over, and everybody's events.
          WHERE (user_id, id) < (recovery.user_id, ${uuidV7Floor(until.getTime())}::uuid)
            AND (user_id, id) > (recovery.user_id, coalesce(recovery.cursor, ${uuidV7Floor(since.getTime())}::uuid))
          ORDER BY user_id, id LIMIT ${EVENTS_PER_STEP}) event
      ), queued AS (
        INSERT INTO deliveries (id, event_id, webhook_id, trigger, next_attempt_at)
        SELECT ${deliveryId(Prisma.sql`step.id`, Prisma.sql`webhook.id`)}, step.id, webhook.id, 'recover', now()
        FROM step CROSS JOIN recovery JOIN webhooks webhook ON webhook.id = recovery.webhook_id
        WHERE step.type = ANY (webhook.events)
        ON CONFLICT (event_id, webhook_id) DO UPDATE
          SET state = 'pending', trigger = 'recover', schedule_step = 0, next_attempt_at = now()
          WHERE deliveries.state IN ('exhausted', 'cancelled')
        RETURNING id
      )
      UPDATE recoveries SET
        cursor = coalesce((SELECT id FROM step ORDER BY id DESC LIMIT 1), recoveries.cursor),
        queued = recoveries.queued + (SELECT count(*) FROM queued),
        status = CASE WHEN (SELECT count(*) FROM step) < ${EVENTS_PER_STEP} THEN 'completed' ELSE 'running' END::recovery_status,
        completed_at = CASE WHEN (SELECT count(*) FROM step) < ${EVENTS_PER_STEP} THEN now() END
      FROM recovery WHERE recoveries.id = recovery.id
      RETURNING recoveries.status = 'running' AS running,
        ${notify(DELIVERIES_QUEUED_CHANNEL, Prisma.sql`concat(' ', recoveries.webhook_id)`)} IS NULL AS notified`;
    const rows = await this.prisma.patiently('maintenance', (tx) => tx.$queryRaw<{ running: boolean }[]>(statement));
    return rows[0]?.running ?? false;
  }
}

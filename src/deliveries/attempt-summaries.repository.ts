import { Injectable } from '@nestjs/common';
import { uuidV7Floor } from '../common/ids.js';
import { PrismaService } from '../database/prisma.service.js';
import { Prisma } from '../generated/prisma/client.js';
import { summarizeStatement } from './summarize.statement.js';
import { SUMMARY_MS, SUMMARY_PERIOD } from './statement-parts.js';

/** The only row of the progress. */
const PROGRESS = { id: 1 };

/** Excludes other transactions that make summaries, and changes of periods with summaries (the triggers take it, too). */
const LOCK_STATEMENT = Prisma.sql`
  SELECT pg_advisory_xact_lock(hashtext('attempt_summaries'), hashtext(current_schema()::text))::text`;

/**
 * Finds the periods to summarize. A period has no summary until 15 minutes after its end. No statement under way then records an
 * attempt of the period without a trigger.
 *
 * Input: the beginning of the summarized time, or null. Output: one row, {@link Next}. It takes no locks.
 */
function nextStatement(summedFrom: Date | null): Prisma.Sql {
  return Prisma.sql`
    SELECT (SELECT max(starts_at) FROM attempt_summaries WHERE stale) AS stale,
      date_bin(${SUMMARY_PERIOD}, now() - interval '25 minutes', 'epoch') AS latest,
      (SELECT date_bin(${SUMMARY_PERIOD}, created_at, 'epoch') FROM delivery_attempts
        WHERE id < ${uuidV7Floor(summedFrom?.getTime() ?? 0)}::uuid ORDER BY id DESC LIMIT 1) AS before`;
}

interface Next {
  /** The latest period with a stale summary. */
  stale: Date | null;
  /** The latest period that may have summaries. */
  latest: Date;
  /** The latest period with attempts before the summarized time. */
  before: Date | null;
}

/** Makes summaries of the log. Several processes may do it at the same time: each period is summarized by one of them. */
@Injectable()
export class AttemptSummariesRepository {
  constructor(private readonly prisma: PrismaService) {}

  /**
   * Summarizes one period: one with stale summaries, else the next one, else the one before the oldest. Each step is a
   * transaction, and summaries that are missing only cost time: a crash at any point does no harm.
   *
   * @returns whether there was one
   */
  summarizeNext(): Promise<boolean> {
    return this.prisma.patiently('maintenance', async (tx) => {
      await tx.$queryRaw(LOCK_STATEMENT);
      const progress = await tx.attemptSummaryProgress.findUnique({ where: PROGRESS });
      const [next] = await tx.$queryRaw<Next[]>(nextStatement(progress?.summedFrom ?? null));
      if (!next) return false;
      if (next.stale) {
        await tx.$executeRaw(summarizeStatement(next.stale));
        return true;
      }
      const step = stepOf(next, progress ?? { summedFrom: next.latest, summedUntil: next.latest });
      if (!step) return false;
      const { start, ...data } = step;
      await tx.$executeRaw(summarizeStatement(start));
      await tx.attemptSummaryProgress.upsert({ where: PROGRESS, create: { ...PROGRESS, ...data }, update: data });
      return true;
    });
  }
}

/** The next period, and the summarized time with it. Undefined when all attempts are summarized. */
function stepOf({ latest, before }: Next, { summedFrom, summedUntil }: { summedFrom: Date; summedUntil: Date }) {
  if (summedUntil <= latest) {
    return { start: summedUntil, summedFrom, summedUntil: new Date(summedUntil.getTime() + SUMMARY_MS) };
  }
  return before ? { start: before, summedFrom: before, summedUntil } : undefined;
}

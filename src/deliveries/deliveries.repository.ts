import { Injectable } from '@nestjs/common';
import { timeOfUuidV7, uuidV7Floor } from '../common/ids.js';
import { PrismaService } from '../database/prisma.service.js';
import { Prisma, type Delivery, type DeliveryAttempt } from '../generated/prisma/client.js';
import { AttemptSum, type AttemptCounts } from './attempt-counts.js';
import { attemptsOf, listingOf, type AttemptFilter, type ListedAttempt } from './listing.statement.js';
import { statisticsOf, type AttemptsOf } from './statistics.statement.js';

const HOUR_MS = 3_600_000;

/** The most attempts of one delivery that are read: those of the longest retry schedule, started twenty times. */
const MAX_ATTEMPTS = 1_000;

/** Finds the event and the webhook of a delivery, see {@link DeliveriesRepository.findDeliveryById}. It takes no locks. */
export function deliveryById(id: string, since: Date | undefined): Prisma.Sql {
  const time = timeOfUuidV7(id);
  const until = since === undefined ? Prisma.sql`AND event_id < ${uuidV7Floor(time + 1)}::uuid` : Prisma.empty;
  return Prisma.sql`
    SELECT event_id AS "eventId", webhook_id AS "webhookUuid" FROM delivery_attempts WHERE delivery_id = ${id}::uuid
    UNION
    SELECT event_id, webhook_id FROM deliveries
    WHERE event_id >= ${uuidV7Floor(since?.getTime() ?? time)}::uuid ${until} AND id = ${id}::uuid`;
}

/** Reads the log. Attempt ids begin with the time of the attempt: the order of ids is the order of time. */
@Injectable()
export class DeliveriesRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** The newest `limit` attempts, without requests and responses. */
  listAttempts(filter: AttemptFilter, limit: number): Promise<ListedAttempt[]> {
    return this.prisma.$queryRaw<ListedAttempt[]>(listingOf(filter, limit));
  }

  findAttempt(id: string) {
    return this.prisma.deliveryAttempt.findUnique({ where: { id } });
  }

  findAttemptsByIds(ids: string[]): Promise<DeliveryAttempt[]> {
    return this.prisma.deliveryAttempt.findMany({ where: { id: { in: ids } } });
  }

  /**
   * Finds a delivery by its id, which has no index in `deliveries`. It reads the attempts of the delivery, then the deliveries of
   * the millisecond in which its event was accepted.
   *
   * @param since reads the deliveries of all events since this time instead. Ids that earlier versions made have no time: their
   *   deliveries without an attempt are found only in this way
   */
  async findDeliveryById(id: string, since: Date | undefined): Promise<Delivery | null> {
    const statement = deliveryById(id, since);
    const [key] = await this.prisma.patiently('report', (tx) =>
      tx.$queryRaw<Pick<Delivery, 'eventId' | 'webhookUuid'>[]>(statement),
    );
    return key ? this.findDelivery(key.eventId, key.webhookUuid) : null;
  }

  /** All attempts of a delivery, the oldest first. */
  async findAttempts({ id }: Delivery): Promise<ListedAttempt[]> {
    const statement = attemptsOf(id, MAX_ATTEMPTS);
    const attempts = await this.prisma.patiently('report', (tx) => tx.$queryRaw<ListedAttempt[]>(statement));
    return attempts.toReversed();
  }

  /** The payload of an event. Undefined after its retention. */
  async findPayload(eventId: string): Promise<string | undefined> {
    return (await this.prisma.event.findUnique({ where: { id: eventId }, select: { payload: true } }))?.payload;
  }

  findDelivery(eventId: string, webhookUuid: string): Promise<Delivery | null> {
    return this.prisma.delivery.findUnique({ where: { eventId_webhookUuid: { eventId, webhookUuid } } });
  }

  /** Those of the deliveries that exist. */
  findDeliveries(keys: readonly { eventId: string; webhookUuid: string }[]): Promise<Delivery[]> {
    const where = { OR: keys.map(({ eventId, webhookUuid }) => ({ eventId, webhookUuid })) };
    return this.prisma.delivery.findMany({ where });
  }

  /** The deliveries of an event, in the order in which they were queued. */
  findDeliveriesOfEvent(eventId: string): Promise<Delivery[]> {
    return this.prisma.delivery.findMany({ where: { eventId }, orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] });
  }

  /** The statistics of attempts since a time, in total and for each hour with attempts. */
  async statistics(whose: AttemptsOf, since: Date) {
    const statement = statisticsOf(whose, since);
    const parts = await this.prisma.patiently('report', (tx) =>
      tx.$queryRaw<(AttemptCounts & { at: Date })[]>(statement),
    );
    const total = new AttemptSum();
    const hours = new Map<number, AttemptSum>();
    for (const { at, ...part } of parts) {
      const hour = at.getTime() - (at.getTime() % HOUR_MS);
      const ofHour = hours.get(hour) ?? new AttemptSum();
      hours.set(hour, ofHour);
      ofHour.add(part);
    }
    for (const sum of hours.values()) total.addAll(sum);
    return {
      total: total.statistics(),
      hours: [...hours].map(([hour, sum]) => ({ hour: new Date(hour), ...sum.statistics() })),
    };
  }
}

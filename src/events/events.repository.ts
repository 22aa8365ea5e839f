import { Injectable } from '@nestjs/common';
import { PrismaService } from '../database/prisma.service.js';
import type { Event, IdempotencyKey } from '../generated/prisma/client.js';

@Injectable()
export class EventsRepository {
  constructor(private readonly prisma: PrismaService) {}

  find(id: string): Promise<Event | null> {
    return this.prisma.event.findUnique({ where: { id } });
  }

  findByIds(ids: string[]): Promise<Event[]> {
    return this.prisma.event.findMany({ where: { id: { in: ids } } });
  }

  findIdempotencyKey(publisherId: string, key: string): Promise<IdempotencyKey | null> {
    return this.prisma.idempotencyKey.findUnique({ where: { publisherId_key: { publisherId, key } } });
  }
}

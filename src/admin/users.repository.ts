import { Injectable } from '@nestjs/common';
import { PrismaService } from '../database/prisma.service.js';
import { Prisma } from '../generated/prisma/client.js';

/** A user of the service: one that has an API key or a webhook. */
export interface UserRow {
  userId: string;
  activeKeys: number;
  /** The last use of one of the keys, to the minute. */
  lastUsedAt: Date | null;
  activeWebhooks: number;
  /** In any state. */
  webhooks: number;
}

/** Lists users, which have no table of their own. */
@Injectable()
export class UsersRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** The first `limit` users in the order of their ids. */
  list(limit: number): Promise<UserRow[]> {
    const statement = Prisma.sql`
      SELECT user_id AS "userId", sum(active_keys)::int AS "activeKeys", max(last_used_at) AS "lastUsedAt",
        sum(active_webhooks)::int AS "activeWebhooks", sum(webhooks)::int AS webhooks
      FROM (
        SELECT user_id, count(*) FILTER (WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now()))
          AS active_keys, max(last_used_at) AS last_used_at, 0 AS active_webhooks, 0 AS webhooks
        FROM api_keys GROUP BY user_id
        UNION ALL
        SELECT user_id, 0, NULL, count(*) FILTER (WHERE active), count(*) FROM webhooks GROUP BY user_id
      ) possessions
      GROUP BY user_id ORDER BY user_id LIMIT ${limit}::int`;
    return this.prisma.patiently('report', (tx) => tx.$queryRaw<UserRow[]>(statement));
  }
}

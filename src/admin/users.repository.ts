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
    return this.read(Prisma.sql`
      SELECT user_id FROM (${firstUsers(Prisma.sql`api_keys`, limit)} UNION ${firstUsers(Prisma.sql`webhooks`, limit)}) named
      ORDER BY user_id LIMIT ${limit}::int`);
  }

  /** One user, who may have nothing. */
  async find(userId: string): Promise<UserRow> {
    const [row] = await this.read(Prisma.sql`SELECT ${userId}::text AS user_id`);
    return row as UserRow;
  }

  private read(users: Prisma.Sql): Promise<UserRow[]> {
    const statement = Prisma.sql`
      SELECT user_id AS "userId", active_keys AS "activeKeys", last_used_at AS "lastUsedAt",
        active_webhooks AS "activeWebhooks", webhooks
      FROM (${users}) listed
      CROSS JOIN LATERAL (
        SELECT (count(*) FILTER (WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())))::int AS active_keys,
          max(last_used_at) AS last_used_at
        FROM api_keys WHERE user_id = listed.user_id) keys
      CROSS JOIN LATERAL (
        SELECT (count(*) FILTER (WHERE active))::int AS active_webhooks, count(*)::int AS webhooks
        FROM webhooks WHERE user_id = listed.user_id) registered
      ORDER BY user_id`;
    return this.prisma.patiently('report', (tx) => tx.$queryRaw<UserRow[]>(statement));
  }
}

/** The first users of a table. A loose index scan skips the rows of a user, and ends after `limit` users. */
function firstUsers(table: Prisma.Sql, limit: number): Prisma.Sql {
  return Prisma.sql`(
    WITH RECURSIVE visited AS (
      (SELECT user_id, 1 AS number FROM ${table} ORDER BY user_id LIMIT 1)
      UNION ALL
      SELECT following.user_id, number + 1 FROM visited CROSS JOIN LATERAL (
        SELECT user_id FROM ${table} WHERE user_id > visited.user_id ORDER BY user_id LIMIT 1) following
      WHERE number < ${limit}::int
    )
    SELECT user_id FROM visited)`;
}

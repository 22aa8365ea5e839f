import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { PrismaService } from '../database/prisma.service.js';
import { Prisma } from '../generated/prisma/client.js';
import { lookStatement, toLook, type Look, type LookRow } from './look.statement.js';
import { pageStatement, type PageRow } from './page.statement.js';
import { FIRST_ID, type Cursor, type Reader } from './reader.js';

interface CursorRow {
  position: string;
  id: string;
}

/** Reads stored events for streams. */
@Injectable()
export class StreamsRepository {
  constructor(
    private readonly prisma: PrismaService,
    private readonly database: Database,
  ) {}

  async look(users: readonly string[]): Promise<Look> {
    const [row] = await this.prisma.queryDirectly<LookRow>(lookStatement(this.database.schema, users));
    return toLook(row as LookRow);
  }

  pages(readers: readonly Reader[]): Promise<PageRow[]> {
    return this.prisma.queryDirectly<PageRow>(pageStatement(readers));
  }

  /** The place of an event of a user. Null if there is no such event. */
  async find(userId: string, id: string): Promise<Cursor | null> {
    return this.cursor(Prisma.sql`
      SELECT position::text AS position, id FROM events WHERE id = ${id}::uuid AND user_id = ${userId}`);
  }

  /** The place of the user's last event with a smaller id. Null if there is none. */
  async findBefore(userId: string, id: string): Promise<Cursor | null> {
    return this.cursor(Prisma.sql`
      SELECT position::text AS position, id FROM events
      WHERE (user_id, id) < (${userId}, ${id}::uuid) AND (user_id, id) >= (${userId}, ${FIRST_ID}::uuid)
      ORDER BY user_id DESC, id DESC LIMIT 1`);
  }

  /** The place of the user's last event up to a position. Null if there is none. */
  async findUpTo(userId: string, position: number): Promise<Cursor | null> {
    return this.cursor(Prisma.sql`
      SELECT position::text AS position, id FROM events WHERE user_id = ${userId} AND position <= ${position}::int8
      ORDER BY position DESC, id DESC LIMIT 1`);
  }

  /** The ids of the first visible events of a user between two positions, the first of them excluded. */
  async idsBetween(userId: string, after: number, upTo: number, limit: number): Promise<string[]> {
    const rows = await this.prisma.queryDirectly<{ id: string }>(Prisma.sql`
      SELECT id FROM events WHERE user_id = ${userId} AND position > ${after}::int8 AND position <= ${upTo}::int8
      ORDER BY position, id LIMIT ${limit}::int`);
    return rows.map(({ id }) => id);
  }

  private async cursor(statement: Prisma.Sql): Promise<Cursor | null> {
    const [row] = await this.prisma.queryDirectly<CursorRow>(statement);
    return row === undefined ? null : { position: Number(row.position), id: row.id };
  }
}

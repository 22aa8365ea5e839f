import { Injectable } from '@nestjs/common';
import { EventsService } from 'docmap-webhooks';
import { Pool } from 'pg';
import { documentArchived } from './document-archived.event.js';

@Injectable()
export class ArchiveService {
  constructor(
    private readonly pool: Pool,
    private readonly events: EventsService,
  ) {}

  async archive(userId: string, documentId: string): Promise<void> {
    const client = await this.pool.connect();
    try {
      await client.query('BEGIN');
      await client.query('INSERT INTO archived_documents (id, user_id) VALUES ($1, $2)', [documentId, userId]);
      await this.events.publish(documentArchived({ userId, data: { documentId } }), client);
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    } finally {
      client.release();
    }
  }
}

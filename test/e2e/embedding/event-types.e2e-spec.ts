import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { EventEmitter2, EventEmitterModule } from '@nestjs/event-emitter';
import { ApiProperty, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { Ajv } from 'ajv';
import { Type } from 'class-transformer';
import { IsArray, IsInt, IsOptional, IsString, Length, Min, ValidateNested } from 'class-validator';
import { createDocument } from '../../../src/api-document/api-document.js';
import { EventsService } from '../../../src/events/events.service.js';
import { ExtractionCompletedEvent } from '../../../src/events/extraction.events.js';
import { defineEventType, type EventTypeDefinition } from '../../../src/webhooks/event-type.js';
import { newDatabase } from '../../support/database.js';
import { startHost, type TestHost } from '../../support/host.js';
import { Receiver } from '../../support/receiver.js';
import { clientOf } from '../../support/user-client.js';

class Page {
  @IsInt()
  @Min(1)
  @ApiProperty({ type: 'integer', minimum: 1 })
  number: number;
}

class DocumentDeletedData {
  @IsString()
  @Length(1, 50)
  @ApiProperty({ type: String, description: 'The id of the document.', maxLength: 50 })
  documentId: string;

  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => Page)
  @ApiProperty({ type: [Page], required: false })
  pages?: Page[];

  @IsOptional()
  @IsString({ each: true })
  @ApiProperty({ type: [String], required: false })
  labels?: string[];

  @IsOptional()
  @IsString()
  @ApiProperty({ type: String, nullable: true, required: false })
  reason?: string | null;
}

const documentDeleted = defineEventType('document.deleted', DocumentDeletedData, {
  description: 'Somebody has deleted a document.',
  example: { documentId: 'doc-1', pages: [{ number: 1 }] },
});

const typed = (
  name: string,
  dataClass: new () => object = DocumentDeletedData,
  example: object = { documentId: 'd' },
) => defineEventType(name, dataClass, { description: 'Happens.', example });

const USER = 'uid_local';

describe('Event types of an application', () => {
  let receiver: Receiver;
  const hosts: TestHost[] = [];
  const start = async (eventTypes: EventTypeDefinition[] = [documentDeleted], options = {}): Promise<TestHost> => {
    const host = await startHost({ options: { eventTypes, ...options }, after: [EventEmitterModule.forRoot()] });
    hosts.push(host);
    return host;
  };

  beforeAll(async () => {
    receiver = await Receiver.start();
  });

  afterEach(async () => {
    for (const host of hosts.splice(0)) await host.close();
    receiver.requests.length = 0;
  });

  afterAll(() => receiver.close());

  it('reach subscribers that name them, when they are published, emitted or posted, without an extraction', async () => {
    const { app, api } = await start();
    await api.createWebhook(receiver.url, ['document.deleted']);
    const occurredAt = new Date('2025-01-20T14:30:03.512Z');
    const published = documentDeleted({ userId: USER, data: { documentId: 'doc-1' }, occurredAt });
    const accepted = await app.get(EventsService).publish(published);
    expect(accepted).toMatchObject({ event: 'document.deleted', extractionId: null, deliveries: 1 });
    const [emitted] = await app
      .get(EventEmitter2)
      .emitAsync(documentDeleted.eventName, documentDeleted({ userId: USER, data: { documentId: 'doc-2' } }));
    expect(emitted).toMatchObject({ event: 'document.deleted', deliveries: 1 });
    const text = '{"event":"document.deleted","userId":"uid_local","data": {"documentId":"doc\\u002d3", "pages":[]} }';
    const posted = await api.post('/v1/events', text);
    expect(posted.body).toEqual({
      data: expect.objectContaining({ event: 'document.deleted', extractionId: null, deliveries: 1 }),
    });

    const bodies = (await receiver.received(3)).map(({ body }) => body);
    expect(bodies).toContain(
      '{"type":"document.deleted","timestamp":"2025-01-20T14:30:03.512Z","data":{"documentId":"doc-1"}}',
    );
    // The text is unchanged.
    expect(bodies.filter((body) => body.endsWith('"data":{"documentId":"doc\\u002d3", "pages":[]}}'))).toHaveLength(1);
    const log = await api.log(3, '&event=document.deleted');
    expect(log).toHaveLength(3);
    for (const record of log) expect(record).toMatchObject({ event: 'document.deleted', extractionId: null });
    expect((await api.get(`/v1/events/${accepted.id}`)).body.data).toMatchObject({
      extractionId: null,
      deliveries: [{ state: 'succeeded' }],
    });
  });

  it('carry an extraction when there is one, and otherwise may have an id of their own', async () => {
    class Renamed {
      @IsString()
      @IsOptional()
      id?: string;
    }
    const renamed = typed('document.renamed', Renamed, { id: 'doc-1' });
    const { app, api } = await start([documentDeleted, renamed]);
    await api.createWebhook(receiver.url, ['document.deleted', 'document.renamed']);
    const events = app.get(EventsService);
    await events.publish(renamed({ userId: USER, data: { id: 'doc-7' } }));
    await events.publish(documentDeleted({ userId: USER, data: { documentId: 'doc-8' }, extractionId: 'extract-8' }));
    const bodies = (await receiver.received(2)).map(({ body }) => JSON.parse(body) as { data: object });
    expect(bodies.map(({ data }) => data)).toEqual(
      expect.arrayContaining([{ id: 'doc-7' }, { id: 'extract-8', documentId: 'doc-8' }]),
    );
    expect(await api.log(1, '&extractionId=extract-8')).toMatchObject([{ event: 'document.deleted' }]);
  });

  it('are checked by the class of their data, in process and over HTTP', async () => {
    const { app, api } = await start();
    const events = app.get(EventsService);
    const faults = [
      [{}, 'data.documentId is missing; it must be a string'],
      [{ documentId: 5 }, 'data.documentId must be '],
      [{ documentId: 'd', pages: [{ number: 0 }] }, 'data.pages[0].number must not be less than 1'],
      [{ documentId: 'd', page: 1 }, 'data.page should not exist'],
      [{ documentId: 'd', labels: ['a', 1] }, 'data.labels: each value in labels must be a string'],
      [
        { documentId: 'd', labels: Object.fromEntries(Array.from({ length: 5_001 }, (_, at) => [at, 1])) },
        'data must not',
      ],
      [{ documentId: 'd', pages: [{ number: 1, x: 1 }] }, 'data.pages[0].x should not exist'],
    ] as const;
    for (const [data, says] of faults) {
      const message = expect.stringContaining(says);
      const { status, body } = await api.post('/v1/events', { event: 'document.deleted', userId: USER, data });
      expect([status, body]).toEqual([400, { error: { code: 'VALIDATION_ERROR', message } }]);
      await expect(
        events.publish(documentDeleted({ userId: USER, data: data as unknown as DocumentDeletedData })),
      ).rejects.toMatchObject({ code: 'VALIDATION_ERROR', message });
    }
    const batch = await api.post('/v1/events/batch', {
      events: [{ event: 'document.deleted', userId: USER, data: { documentId: '' } }],
    });
    expect(batch.body.error.message).toContain('events[0].data.documentId must be longer');
  });

  it('need an extraction only in the types of every application', async () => {
    const { app, api } = await start();
    const { body } = await api.post('/v1/events', { event: 'extraction.completed', userId: USER, data: {} });
    expect(body.error.message).toBe('extractionId is missing; it must be a text of 1 to 128 visible ASCII characters');
    const wrong = { userId: USER, extractionId: '', data: {} };
    await expect(app.get(EventsService).publish(new ExtractionCompletedEvent(wrong))).rejects.toThrow(
      'extractionId must',
    );
  });

  it('belong to their application: another application in the process has others', async () => {
    const [first, second] = [await start(), await start([])];
    const events = ['document.deleted'];
    expect((await first.api.post('/v1/webhooks', { url: receiver.url, events })).status).toBe(200);
    const { body } = await second.api.post('/v1/webhooks', { url: receiver.url, events });
    expect(body.error.message).toBe(
      'events[0]: "document.deleted" is not an event type; use extraction.completed or extraction.failed',
    );
    const other = await first.api.post('/v1/webhooks', { url: receiver.url, events: ['document.delete'] });
    expect(other.body.error.message).toBe(
      'events[0]: "document.delete" is not an event type; use extraction.completed, extraction.failed or document.deleted',
    );
    const filtered = await second.api.get('/v1/webhooks/deliveries?event=document.deleted');
    expect(filtered.body.error.message).toContain(
      'event: "document.deleted" is not an event type; use extraction.comp',
    );
    expect(enumOf(createDocument(first.app))).toEqual(['extraction.completed', 'extraction.failed', ...events]);
    expect(enumOf(createDocument(second.app))).toEqual(['extraction.completed', 'extraction.failed']);
  });

  it('are covered by patterns that a webhook had before they were added', async () => {
    const database = await newDatabase();
    const { env } = database;
    const options = { databaseUrl: env.DATABASE_URL, secretsKey: env.SECRETS_KEY, dataDir: env.DATA_DIR };
    const before = await start([documentDeleted], options);
    const { webhook } = await before.api.createWebhook(receiver.url, ['document.*']);
    await before.app.close();
    const archived = typed('document.archived');
    const after = await start([documentDeleted, archived], options);
    const data = { documentId: 'd' };
    const accepted = await after.app.get(EventsService).publish(archived({ userId: webhook.userId, data }));
    expect(accepted.deliveries).toBe(1);
    await Promise.all(hosts.splice(0).map((host) => host.close()));
    await database.drop();
  });

  it('are proposed a few at a time when there are many', async () => {
    const many = Array.from({ length: 40 }, (_, index) => typed(`document.step_${index}`));
    const { api } = await start(many);
    const { body } = await api.post('/v1/webhooks', { url: receiver.url, events: ['document.step39'] });
    expect(body.error.message).toBe(
      'events[0]: "document.step39" is not an event type; use document.step_39, extraction.completed, ' +
        'extraction.failed or one of 39 others',
    );
  });

  it('are listed with a JSON Schema and an example that keeps it', async () => {
    const { app, api, url } = await start();
    const { status, body } = await api.get('/v1/event-types');
    expect(status).toBe(200);
    const types = body.data as { name: string; description: string; schema: object; example: { type: string } }[];
    expect(types.map(({ name }) => name)).toEqual([
      'extraction.completed',
      'extraction.failed',
      'document.deleted',
      'webhook.failing',
      'webhook.recovered',
      'webhook.disabled',
      'delivery.exhausted',
      'webhook.test',
    ]);
    const ajv = new Ajv({ strict: false, formats: { 'date-time': true } });
    for (const { name, schema, example } of types) {
      expect(example.type).toBe(name);
      expect([name, ajv.validate(schema, example), ajv.errors]).toEqual([name, true, null]);
      expect(ajv.validate(schema, { ...example, type: 'another' })).toBe(false);
    }
    const { schema, example, description } = types[2]!;
    expect(description).toBe('Somebody has deleted a document.');
    expect(ajv.validate(schema, { ...example, data: { documentId: 'd', reason: null } })).toBe(true);
    expect(ajv.validate(schema, { ...example, data: { pages: [] } })).toBe(false);
    expect(ajv.validate(schema, { ...example, data: { documentId: 'd', pages: [{ number: 0 }] } })).toBe(false);
    const publisher = await clientOf({ app, url }, 'uid_publisher', ['events:publish']);
    expect((await publisher.get('/v1/event-types')).status).toBe(200);
  });

  it('are in the documents of the application', async () => {
    const { app } = await start();
    const document = createDocument(app) as OpenAPIObject & { webhooks: Record<string, { post: object }> };
    expect(Object.keys(document.webhooks)).toContain('document.deleted');
    expect(document.webhooks['document.deleted']?.post).toMatchObject({
      operationId: 'onDocumentDeleted',
      summary: 'Somebody has deleted a document.',
      requestBody: {
        content: {
          'application/json': {
            schema: { $ref: '#/components/schemas/DocumentDeleted' },
            example: { type: 'document.deleted', data: documentDeleted.example },
          },
        },
      },
    });
    const { schemas } = document.components as { schemas: Record<string, object> };
    expect(schemas.DocumentDeletedData).toMatchObject({ properties: { documentId: { maxLength: 50 } } });
    expect(schemas.PublishEvent).toMatchObject({ required: ['event', 'userId', 'data'] });
    expect(schemas.DeliveryRecord).toMatchObject({ properties: { extractionId: { type: ['string', 'null'] } } });
    // A host that creates the document itself.
    expect(enumOf(SwaggerModule.createDocument(app, { openapi: '3.1.0', info: { title: '', version: '' } }))).toContain(
      'document.deleted',
    );
  });

  it('stop the start in one line when a name is wrong', async () => {
    const failing = start([documentDeleted, typed('document.deleted')]);
    await expect(failing).rejects.toThrow(
      /^The configuration is not valid:\n {2}eventTypes: "document.deleted" is defined twice$/,
    );
  });
});

function enumOf(document: OpenAPIObject): unknown {
  return (document.components?.schemas?.EventType as { enum?: unknown } | undefined)?.enum;
}

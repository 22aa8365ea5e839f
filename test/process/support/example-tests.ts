import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TLSSocket } from 'node:tls';
import { Webhook } from 'standardwebhooks';
import { Kms } from '../../e2e/support/kms.js';
import { ApiClient, eventually } from '../../support/api-client.js';
import { CertificateAuthority } from '../../support/certificates.js';
import { Receiver } from '../../support/receiver.js';
import { emptyServerDatabase, type EmptyServerDatabase } from './empty-database.js';
import { ExampleProcess, tokenOf } from './example-process.js';
import type { Host } from './host.js';
import { operationsUnder, referencesOf, type ApiDocument } from './open-api.js';

const JWT_SECRET = randomBytes(32).toString('hex');
const EVENTS = ['extraction.completed', 'extraction.failed'];
/** Schemas that name types of events. */
const WITH_EVENT_TYPES = [
  'AcceptedEvent',
  'DeliveredEventType',
  'DeliveryRecord',
  'DeliveryRecordDetail',
  'Event',
  'EventSubscription',
  'EventType',
  'PendingDelivery',
  'PublishEvent',
  'Webhook',
];
/** The types of the example too. */
const ALL_EVENTS = [...EVENTS, 'document.archived'];

/** The examples of this repository, compiled and run in the folder of an application that installs the package. */
export function testExamples(host: () => Host): void {
  describe('The example on Express', () => {
    let app: ExampleProcess;
    let receiver: Receiver;

    beforeAll(async () => {
      receiver = await Receiver.start();
      app = await ExampleProcess.start(join(host().directory, 'examples/express-app'), {});
    });

    afterAll(async () => {
      await app?.stop();
      await receiver.close();
    });

    it('delivers an event that its controller publishes', async () => {
      const key = await readFile(join(host().directory, 'examples/express-app/data/first-api-key'), 'utf8');
      const api = new ApiClient(app.url, key.trim());
      const { body } = await api.post('/v1/webhooks', { url: receiver.url, events: EVENTS });
      const published = await api.post('/documents/extract-1/complete');
      expect(published.body).toMatchObject({ event: 'extraction.completed', deliveries: 1 });
      const [request] = await receiver.received(1);
      const verified = new Webhook(body.data.secret as string).verify(
        request!.body,
        request!.headers as Record<string, string>,
      );
      expect(verified).toMatchObject({ data: { id: 'extract-1', pages: 3 } });
    });
  });

  describe('The example of a host application', () => {
    let database: EmptyServerDatabase;
    let kms: Kms;
    let receiver: Receiver;
    let status = 200;
    let names: string[];
    let app: ExampleProcess;

    const as = (sub: string, claims: object = {}) =>
      new ApiClient(app.url, tokenOf({ sub, jti: 'key-1', ...claims }, JWT_SECRET));
    /** A user with a webhook. */
    const subscribe = async (userId: string) => {
      const api = as(userId);
      const { body } = await api.post('/api/v2/webhooks', { url: receiver.url, events: ALL_EVENTS });
      return { api, secret: body.data.secret as string };
    };

    beforeAll(async () => {
      const { directory } = host();
      [database, kms] = await Promise.all([emptyServerDatabase(), Kms.start()]);
      const session = await database.open();
      await session.script('CREATE TABLE archived_documents (id text PRIMARY KEY, user_id text NOT NULL)');
      await session.close();
      const certificates = join(directory, 'certificates');
      const authority = await CertificateAuthority.create(certificates);
      const server = await authority.issue('server', { name: 'IP:127.0.0.1' });
      await authority.issue('host-app', { name: 'DNS:host-app.example', shownBy: 'client' });
      const { cert: ca } = await authority.selfSigned();
      names = [];
      receiver = await Receiver.start(
        (_request, response) => {
          names.push((response.socket as TLSSocket).getPeerCertificate().subject.CN as string);
          response.writeHead(status).end();
        },
        { ...server, ca, requestCert: true, rejectUnauthorized: true },
      );
      const env = {
        DATABASE_URL: database.url,
        DATABASE_OWNER_URL: database.url,
        JWT_SECRET,
        KMS_URL: kms.url,
        CLIENT_CERT: join(certificates, 'host-app.pem'),
        CLIENT_KEY: join(certificates, 'host-app.key'),
        RECEIVERS_CA: authority.certificatePath,
        WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8',
      };
      const example = join(directory, 'examples/host-app');
      await host().node([join(example, 'dist/migrate.js')], env);
      app = await ExampleProcess.start(example, env);
    });

    afterAll(async () => {
      await app?.stop();
      await Promise.all([receiver.close(), kms.stop()]);
      await database.drop();
    });

    it('delivers an event that is emitted in it, with its client certificate and header', async () => {
      const { api, secret } = await subscribe('user-1');
      expect((await api.post('/documents/extract-1/complete')).status).toBe(204);
      const [request] = await receiver.received(1);
      expect(names).toEqual(['host-app']);
      expect(request!.headers['x-plan']).toBe('paid');
      expect(() => new Webhook(secret).verify(request!.body, request!.headers as Record<string, string>)).not.toThrow();
    });

    it('passes its own tests without a database, a network and a KMS', async () => {
      const example = join(host().directory, 'examples/host-app');
      await expect(host().node(['--test', join(example, 'dist/documents.test.js')])).resolves.toMatch(/^# pass 1$/m);
    });

    it('refuses a token that it did not sign, on its own routes too', async () => {
      const stranger = new ApiClient(app.url, tokenOf({ sub: 'user-1', jti: 'key-1' }, 'another secret'));
      expect((await stranger.get('/api/v2/webhooks')).status).toBe(401);
      expect((await stranger.post('/documents/extract-1/complete')).status).toBe(401);
    });

    it('publishes an event of its own type only if its transaction commits', async () => {
      const { api } = await subscribe('user-2');
      const before = receiver.requests.length;
      expect((await api.post('/documents/doc-2/archive')).status).toBe(201);
      await receiver.received(before + 1);
      expect(JSON.parse(receiver.requests[before]!.body)).toMatchObject({ type: 'document.archived' });
      expect((await api.post('/documents/doc-2/archive')).status).toBe(500);
      const log = await api.get('/api/v2/webhooks/deliveries');
      expect(log.body.data).toHaveLength(1);
    });

    it('limits webhooks by plan, and keeps metadata with them', async () => {
      const api = as('free-2');
      const webhook = { url: receiver.url, events: EVENTS, metadata: { team: 'billing' } };
      const created = await api.post('/api/v2/webhooks', webhook);
      expect(created.body.data.webhook.metadata).toEqual({ team: 'billing' });
      expect((await api.post('/api/v2/webhooks', webhook)).body.error.code).toBe('MAX_WEBHOOKS_REACHED');
    });

    it('tells the team of a webhook that it is disabled', async () => {
      const api = as('user-3');
      await api.post('/api/v2/webhooks', { url: receiver.url, events: EVENTS, metadata: { team: 'billing' } });
      status = 410;
      await api.post('/documents/extract-4/complete');
      await expect(app.printed(/To billing: webhook-\w+ is disabled/)).resolves.toBeDefined();
      status = 200;
    });

    it('gives up after the attempts of its plan', async () => {
      const { api } = await subscribe('free-1');
      const publisher = as('service', { services: true });
      status = 404;
      const before = receiver.requests.length;
      const { body } = await api.post('/documents/extract-3/fail');
      await receiver.received(before + 1);
      const deliveries = await eventually(async () => {
        const { body: event } = await publisher.get(`/api/v2/events/${body.id}`);
        const [delivery] = event.data.deliveries as { state: string; attempts: number }[];
        return delivery?.state === 'pending' ? undefined : [delivery];
      }, 'the end of the delivery');
      expect(deliveries).toMatchObject([{ state: 'exhausted', attempts: 1 }]);
      status = 200;
    });

    it('registers webhooks by the service, and reads the log by another', async () => {
      const api = as('user-4');
      const created = await api.post('/internal/users/user-4/webhook', { url: receiver.url });
      expect(created.body.webhook.id).toMatch(/^webhook-/);
      expect((await api.get('/internal/users/user-4/deliveries')).body.data).toEqual([]);
    });

    it('says whether webhooks are ready at its own path, and has no route of ours there', async () => {
      expect((await fetch(`${app.url}/status`)).status).toBe(200);
      expect((await fetch(`${app.url}/health`)).status).toBe(404);
      expect((await as('user-1').get('/api/v2/api-keys')).status).toBe(404);
    });

    it('describes our routes in its OpenAPI document as the service does', async () => {
      const hosts = JSON.parse(await (await fetch(`${app.url}/openapi.json`)).text()) as ApiDocument;
      const ours = JSON.parse(readFileSync(new URL('../../../openapi.json', import.meta.url), 'utf8')) as ApiDocument;
      const operations = operationsUnder(hosts, '/api/v2/');
      expect(operations).toEqual(operationsUnder(ours, '/v1/', ({ path }) => !path.startsWith('api-keys')));
      expect(hosts.webhooks).toMatchObject(ours.webhooks);
      expect(hosts.webhooks).toHaveProperty(['document.archived', 'post']);
      const references = referencesOf(operations, hosts);
      expect(references.size).toBeGreaterThan(30);
      const known = referencesOf(operations, ours);
      const differing = [...references.keys()].filter(
        (name) => !isDeepStrictEqual(references.get(name), known.get(name)),
      );
      // They name the event types. The example has one type more.
      expect(differing.map((name) => name.split('/').at(-1) ?? '').sort()).toEqual(WITH_EVENT_TYPES);
      // The operations of the application stay as they are.
      expect(hosts.paths['/documents/{id}/complete']?.post?.responses).toEqual({ 204: { description: '' } });
    });
  });
}

import { createPrivateKey } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type ServerOptions } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CertificateAuthority, type ServerCertificate } from '../../support/certificates.js';
import { newDatabase, type TestDatabase } from '../../support/database.js';
import { startServerProcess, type ServerProcess } from '../../support/server-process.js';

const MASK = '********';

/** A receiver that requires a client certificate of its authority. */
class StrictReceiver {
  /** The name in the certificate of each request, and the number of its connection. */
  readonly requests: { name: unknown; connection: number }[] = [];
  private connections = 0;

  private constructor(private readonly server: Server) {}

  static async start(tls: ServerOptions): Promise<StrictReceiver> {
    const numbers = new WeakMap<object, number>();
    const server = createServer({ ...tls, requestCert: true, rejectUnauthorized: true }, (request, response) => {
      const socket = request.socket as TLSSocket;
      receiver.requests.push({ name: socket.getPeerCertificate().subject.CN, connection: numbers.get(socket) ?? 0 });
      request.resume().on('end', () => response.end());
    });
    const receiver = new StrictReceiver(server);
    server.on('secureConnection', (socket) => numbers.set(socket, (receiver.connections += 1)));
    server.on('tlsClientError', () => undefined);
    server.listen(0, '127.0.0.1');
    server.unref();
    await once(server, 'listening');
    return receiver;
  }

  get url(): string {
    return `https://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

function issue(by: CertificateAuthority, label: string, key: 'EC' | 'RSA' = 'EC'): Promise<ServerCertificate> {
  return by.issue(label, { name: `DNS:${label}.example`, shownBy: 'client', key });
}

function authOf({ cert, key }: ServerCertificate) {
  return { type: 'mtls', certificate: cert, privateKey: key };
}

describe('A webhook with a client certificate', () => {
  let directory: string;
  let authority: CertificateAuthority;
  let server: ServerProcess;
  let database: TestDatabase;
  let receiver: StrictReceiver;
  let certificates: Record<'one' | 'two' | 'foreign', ServerCertificate>;
  let extraction = 0;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'docmap-test-certificates-'));
    authority = await CertificateAuthority.create(join(directory, 'trusted'));
    const stranger = await CertificateAuthority.create(join(directory, 'stranger'));
    certificates = {
      one: await issue(authority, 'one'),
      two: await issue(authority, 'two', 'RSA'),
      foreign: await issue(stranger, 'foreign'),
    };
    database = await newDatabase();
    const env = {
      NODE_EXTRA_CA_CERTS: authority.certificatePath,
      WEBHOOK_REQUIRE_HTTPS: 'true',
      RETRY_SCHEDULE: '0s',
      LOG_LEVEL: 'trace',
    };
    server = await startServerProcess({ database, env });
  });

  beforeEach(async () => {
    const ca = (await authority.selfSigned()).cert;
    receiver = await StrictReceiver.start({ ...(await authority.issue('server', { name: 'IP:127.0.0.1' })), ca });
  });

  afterEach(async () => {
    const { body } = await server.api.get('/v1/webhooks');
    for (const { id } of body.data) await server.api.delete(`/v1/webhooks/${id}`);
    await receiver.close();
  });

  afterAll(async () => {
    await server.kill('SIGTERM');
    await database.drop();
    await rm(directory, { recursive: true });
  });

  /** Registers a webhook at the receiver. */
  async function register(auth: object | null): Promise<string> {
    const { status, body } = await server.api.post('/v1/webhooks', {
      url: receiver.url,
      events: ['extraction.completed'],
      auth,
    });
    expect([status, body.error]).toEqual([200, undefined]);
    return body.data.webhook.id as string;
  }

  /** The records of an event, by webhook. */
  async function recordsOf(count: number): Promise<Map<unknown, Record<string, unknown>>> {
    const extractionId = `extract-${(extraction += 1)}`;
    await server.api.publish({ extractionId });
    const records = await server.api.log(count, `&extractionId=${extractionId}`);
    return new Map(records.map((record) => [record.webhookId, record]));
  }

  it('reaches a receiver that requires it, unlike webhooks without one or with that of another authority', async () => {
    const right = await register(authOf(certificates.one));
    const without = await register(null);
    const foreign = await register(authOf(certificates.foreign));
    const records = await recordsOf(3);
    expect(records.get(right)).toMatchObject({ status: 'success', httpStatus: 200 });
    for (const id of [without, foreign]) {
      expect(records.get(id)).toMatchObject({
        status: 'failed',
        httpStatus: null,
        error: expect.stringMatching(/^(connection closed|TLS handshake failed)$/),
      });
    }
    expect(receiver.requests.map(({ name }) => name)).toEqual(['one']);
  });

  it('shares no connection with webhooks that show another certificate', async () => {
    await register(authOf(certificates.one));
    await register(authOf(certificates.two));
    for (let count = 0; count < 3; count += 1) await recordsOf(2);
    const pairs = receiver.requests.map(({ name, connection }) => `${String(name)} ${connection}`);
    expect(pairs).toHaveLength(6);
    expect(new Set(pairs).size).toBe(2);
    expect(new Set(receiver.requests.map(({ connection }) => connection)).size).toBe(2);
  });

  it('shows another certificate after a change, on another connection', async () => {
    const id = await register(authOf(certificates.one));
    await recordsOf(1);
    const { body } = await server.api.patch(`/v1/webhooks/${id}`, { auth: authOf(certificates.two) });
    expect(body.data.auth).toMatchObject({ type: 'mtls', privateKey: MASK });
    await recordsOf(1);
    await server.api.patch(`/v1/webhooks/${id}`, { auth: null });
    expect((await recordsOf(1)).get(id)).toMatchObject({ status: 'failed', httpStatus: null });
    expect(receiver.requests).toEqual([
      { name: 'one', connection: 1 },
      { name: 'two', connection: 2 },
    ]);
  });

  it('keeps its private key for a renewed certificate, and shows it nowhere', async () => {
    const id = await register(authOf(certificates.one));
    const shown = (await server.api.get(`/v1/webhooks/${id}`)).body.data.auth;
    expect(shown).toEqual({ type: 'mtls', certificate: certificates.one.cert, privateKey: MASK });
    const kept = await server.api.patch(`/v1/webhooks/${id}`, { auth: shown });
    expect(kept.body.data.auth).toEqual(shown);
    const other = await server.api.patch(`/v1/webhooks/${id}`, {
      auth: { ...shown, certificate: certificates.two.cert },
    });
    expect(other.body.error.message).toMatch(/^auth.privateKey: the stored private key does not belong/);
    expect((await recordsOf(1)).get(id)).toMatchObject({ status: 'success' });
    const list = await server.api.get('/v1/webhooks/deliveries?limit=100');
    const texts = [...server.output, JSON.stringify([shown, kept.body, other.body, list.body])].join('\n');
    // The secret number of the key, without its public part, which the certificate has too.
    const number = Buffer.from(createPrivateKey(certificates.one.key).export({ format: 'jwk' }).d ?? '', 'base64url');
    expect(number).toHaveLength(32);
    const lines = certificates.one.key.split('\n').slice(1, 2);
    const parts = ['PRIVATE KEY-----', number.toString('hex'), number.toString('base64'), ...lines];
    expect(parts.filter((part) => texts.includes(part))).toEqual([]);
  });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CertificateAuthority } from '../../support/certificates.js';
import { newDatabase, type TestDatabase } from '../../support/database.js';
import { Receiver } from '../../support/receiver.js';
import { startServerProcess, type ServerProcess } from '../../support/server-process.js';
import { RawReceiver } from '../support/raw-receiver.js';

describe('A webhook that was registered with an HTTP URL before HTTPS is required', () => {
  let directory: string;
  let authority: CertificateAuthority;
  let database: TestDatabase;
  let server: ServerProcess;
  let plain: RawReceiver;
  let webhookId: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'docmap-test-certificates-'));
    authority = await CertificateAuthority.create(join(directory, 'trusted'));
    database = await newDatabase();
    plain = await RawReceiver.start((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'));
    const earlier = await startServerProcess({ database });
    ({ id: webhookId } = (await earlier.api.createWebhook(`http://127.0.0.1:${plain.port}/`)).webhook);
    await earlier.kill('SIGTERM');
    const env = { NODE_EXTRA_CA_CERTS: authority.certificatePath, WEBHOOK_REQUIRE_HTTPS: 'true' };
    server = await startServerProcess({ database, env: { ...env, RETRY_SCHEDULE: '0s,50ms,1h' } });
  });

  afterAll(async () => {
    await server?.kill('SIGTERM');
    await plain?.close();
    await database?.drop();
    await rm(directory, { recursive: true });
  });

  it('gets no connection, until its owner gives it an HTTPS URL', async () => {
    await server.api.publish({ extractionId: 'extract-before' });
    const [second, first] = await server.api.log(2);
    for (const record of [first, second]) {
      expect(record).toMatchObject({ status: 'failed', httpStatus: null, error: 'target must use HTTPS' });
      expect(record).toMatchObject({ nextAttemptAt: expect.any(String) });
    }
    expect(plain.connections).toBe(0);
    const detail = await server.api.get(`/v1/webhooks/deliveries/${String(first!.id)}`);
    expect(detail.body.data).toMatchObject({ request: { headers: {} }, response: null });

    const receiver = await Receiver.start(undefined, await authority.issue('receiver', { name: 'IP:127.0.0.1' }));
    expect((await server.api.patch(`/v1/webhooks/${webhookId}`, { url: receiver.url })).status).toBe(200);
    await server.api.publish({ extractionId: 'extract-after' });
    await server.api.post(`/v1/webhooks/deliveries/${String(first!.id)}/resend`);
    const records = await server.api.log(4);
    expect(records.slice(0, 2)).toMatchObject([{ status: 'success' }, { status: 'success' }]);
    const ids = receiver.requests.map(({ body }) => (JSON.parse(body) as { data: { id: string } }).data.id);
    expect(new Set(ids)).toEqual(new Set(['extract-before', 'extract-after']));
    expect(plain.connections).toBe(0);
    await receiver.close();
  });
});

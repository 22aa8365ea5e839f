import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ServerOptions } from 'node:https';
import { CertificateAuthority } from '../../support/certificates.js';
import { newDatabase, type TestDatabase } from '../../support/database.js';
import { Receiver } from '../../support/receiver.js';
import { startServerProcess, type ServerProcess } from '../../support/server-process.js';

const failed = (error: string) => ({ status: 'failed', httpStatus: null, error });
const PROTOCOL = 'TLS handshake failed';
const UNTRUSTED = 'TLS certificate not trusted';
const OTHER_HOST = 'TLS certificate is for another host';
const OUT_OF_DATE = 'TLS certificate expired or not yet valid';

describe('A delivery over HTTPS', () => {
  let directory: string;
  let authority: CertificateAuthority;
  let database: TestDatabase;
  let server: ServerProcess;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'docmap-test-certificates-'));
    authority = await CertificateAuthority.create(join(directory, 'trusted'));
    database = await newDatabase();
    const env = { NODE_EXTRA_CA_CERTS: authority.certificatePath, WEBHOOK_REQUIRE_HTTPS: 'true', RETRY_SCHEDULE: '0s' };
    server = await startServerProcess({ database, env });
  });

  afterAll(async () => {
    await server.kill('SIGTERM');
    await database.drop();
    await rm(directory, { recursive: true });
  });

  /** The record of an event to a receiver with this certificate. */
  async function recordOf(certificate: ServerOptions, extractionId: string) {
    const receiver = await Receiver.start(undefined, certificate);
    const { webhook } = await server.api.createWebhook(receiver.url);
    await server.api.publish({ extractionId });
    const [record] = await server.api.log(1, `&extractionId=${extractionId}`);
    await server.api.delete(`/v1/webhooks/${webhook.id}`);
    await receiver.close();
    return { record, requests: receiver.requests };
  }

  it('succeeds when the certificate is trusted', async () => {
    const certificate = await authority.issue('trusted', { name: 'IP:127.0.0.1' });
    const { record, requests } = await recordOf(certificate, 'extract-trusted');
    expect(record).toMatchObject({ status: 'success', httpStatus: 200, error: null });
    expect(requests).toHaveLength(1);
    expect(JSON.parse(requests[0]!.body).data.id).toBe('extract-trusted');
  });

  it('fails when no trusted authority has signed the certificate', async () => {
    const stranger = await CertificateAuthority.create(join(directory, 'stranger'));
    const certificate = await stranger.issue('untrusted', { name: 'IP:127.0.0.1' });
    const { record, requests } = await recordOf(certificate, 'extract-untrusted');
    expect(record).toMatchObject(failed(UNTRUSTED));
    expect(requests).toEqual([]);
  });

  it('fails when the certificate is for another host', async () => {
    const certificate = await authority.issue('other', { name: 'DNS:receiver.example' });
    const { record, requests } = await recordOf(certificate, 'extract-other');
    expect(record).toMatchObject(failed(OTHER_HOST));
    expect(requests).toEqual([]);
  });

  it('fails when the certificate has expired', async () => {
    const certificate = await authority.issue('expired', { name: 'IP:127.0.0.1', until: '20200102000000Z' });
    const { record, requests } = await recordOf(certificate, 'extract-expired');
    expect(record).toMatchObject(failed(OUT_OF_DATE));
    expect(requests).toEqual([]);
  });

  it('fails when the certificate is not valid yet', async () => {
    const certificate = await authority.issue('early', { name: 'IP:127.0.0.1', since: '21000101000000Z' });
    const { record, requests } = await recordOf(certificate, 'extract-early');
    expect(record).toMatchObject(failed(OUT_OF_DATE));
    expect(requests).toEqual([]);
  });

  it('fails when the certificate is self-signed', async () => {
    const stranger = await CertificateAuthority.create(join(directory, 'self-signed'));
    const { record, requests } = await recordOf(await stranger.selfSigned(), 'extract-self-signed');
    expect(record).toMatchObject(failed(UNTRUSTED));
    expect(requests).toEqual([]);
  });

  it.each<[string, ServerOptions]>([
    ['1.3', { ecdhCurve: 'ffdhe2048' }],
    ['1.2', { maxVersion: 'TLSv1.2', ciphers: 'DHE-RSA-AES128-GCM-SHA256', dhparam: 'auto' }],
  ])('fails when the receiver insists on finite-field Diffie-Hellman with TLS %s', async (version, options) => {
    const certificate = await authority.issue(`finite-${version}`, { name: 'IP:127.0.0.1', key: 'RSA' });
    const { record } = await recordOf({ ...certificate, ...options }, `extract-finite-${version}`);
    expect(record).toMatchObject(failed(PROTOCOL));
  });

  it('fails when the receiver only speaks TLS 1.1', async () => {
    const certificate = await authority.issue('old', { name: 'IP:127.0.0.1' });
    const old = { ...certificate, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    const { record, requests } = await recordOf(old, 'extract-old');
    expect(record).toMatchObject(failed(PROTOCOL));
    expect(requests).toEqual([]);
  });
});

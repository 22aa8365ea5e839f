import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { PrivateCluster } from '../crash/support/private-cluster.js';
import { eventually } from '../support/api-client.js';
import { CertificateAuthority } from '../support/certificates.js';
import { freePort } from '../support/free-port.js';
import type { Receiver } from '../support/receiver.js';
import { expectWholeFlow } from './support/flow.js';
import { openSession } from './support/session.js';
import { faultOf, setUp } from './support/set-up.js';
import { Stage } from './support/stage.js';

jest.setTimeout(90_000);

const describeWithCluster = PrivateCluster.isPossible ? describe : describe.skip;

describeWithCluster('With a server of its own, the service', () => {
  const stage = new Stage();
  let cluster: PrivateCluster;
  let receiver: Receiver;

  beforeEach(async () => {
    cluster = await PrivateCluster.create();
    receiver = await stage.receiver();
    stage.keep(cluster);
  });

  afterEach(() => stage.clear());

  it('connects over its socket', async () => {
    const { directory, port } = cluster;
    const DATABASE_URL = `postgresql:///postgres?user=postgres&host=${directory}&port=${port}`;
    await expectWholeFlow(await stage.start(cluster, { DATABASE_URL }), receiver);
  });

  it('uses the host that accepts writes, and follows a switch', async () => {
    const first = await stage.start(cluster);
    const { webhook } = await first.api.createWebhook(receiver.url);
    await first.kill('SIGTERM');
    const standby = await cluster.standby();
    stage.keep(standby);
    const hosts = [await freePort(), standby.port, cluster.port].map((port) => `127.0.0.1:${port}`).join();
    const server = await stage.start(cluster, { DATABASE_URL: `postgresql://postgres@${hosts}/postgres` });
    await server.api.publish();
    await expect(receiver.received(1)).resolves.toHaveLength(1);
    await cluster.crash();
    await standby.promote();
    await eventually(async () => {
      const event = { event: 'extraction.completed', userId: webhook.userId, extractionId: 'after', data: {} };
      return (await server.api.post('/v1/events', event)).status === 202 ? true : undefined;
    }, 'an event taken by the new primary');
    await eventually(async () => receiver.requests.find(({ body }) => body.includes('after')), 'its delivery');
  });

  it('refuses a standby, and hosts without a writable one', async () => {
    const standby = await cluster.standby();
    stage.keep(standby);
    const { port } = standby;
    expect(await faultOf(`postgresql://postgres@127.0.0.1:${port}/postgres`)).toBe(
      `PostgreSQL at 127.0.0.1:${port}/postgres is read-only: it is a standby, or default_transaction_read_only is on. ` +
        'Name the primary in DATABASE_URL, or all servers, separated by commas.',
    );
    expect(await faultOf(`postgresql://postgres@127.0.0.1:${port},127.0.0.1:${await freePort()}/postgres`)).toMatch(
      /can't be used: 127.0.0.1:\d+ is read-only. Name the primary in DATABASE_URL.$/,
    );
  });

  it('encrypts and verifies by sslmode', async () => {
    const authority = await CertificateAuthority.create(join(cluster.directory, 'authority'));
    const { key, cert } = await authority.issue('server', { name: 'DNS:db.example' });
    const root = authority.certificatePath;
    const session = await openSession(cluster.env.DATABASE_URL ?? '');
    await session.query(`ALTER SYSTEM SET ssl_cert_file = '${await cluster.write('server.crt', cert)}'`);
    await session.query(`ALTER SYSTEM SET ssl_key_file = '${await cluster.write('server.key', key)}'`);
    const url = `${cluster.env.DATABASE_URL}`;
    expect(await faultOf(`${url}?sslmode=require`)).toMatch(
      /does not support SSL.*Add \?sslmode=disable to DATABASE_URL/,
    );
    await session.query('ALTER SYSTEM SET ssl = on');
    await cluster.write('data/pg_hba.conf', 'local all all trust\nhostssl all all 127.0.0.1/32 trust\n');
    await cluster.reload();
    await session.close();

    expect(await faultOf(url)).toMatch(/no encryption. Add \?sslmode=require to DATABASE_URL.$/);
    expect(await faultOf(`${url}?sslmode=verify-full`)).toMatch(/certificate.*\?sslrootcert= in DATABASE_URL/);
    expect(await faultOf(`${url}?sslmode=verify-full&sslrootcert=${root}`)).toMatch(/altnames/);
    for (const parameters of [
      'sslmode=require',
      'sslmode=prefer',
      'sslmode=allow',
      'ssl=true',
      `sslmode=verify-ca&sslrootcert=${root}`,
    ]) {
      await expect(setUp(`${url}?${parameters}`)).resolves.toBeUndefined();
    }
    await expectWholeFlow(await stage.start(cluster, { DATABASE_URL: `${url}?sslmode=require` }), receiver);
  });

  it('refuses more connections than the server, the role or the database allows', async () => {
    const session = await openSession(cluster.env.DATABASE_URL ?? '');
    await session.query('CREATE ROLE docmap LOGIN CONNECTION LIMIT 5');
    await session.query('CREATE SCHEMA docmap AUTHORIZATION docmap');
    const url = `postgresql://docmap@127.0.0.1:${cluster.port}/postgres`;
    expect(await faultOf(url)).toBe(
      'A process needs 12 connections (connection_limit, one for notifications, and one for readiness), and the role allows 5. ' +
        'Add ?connection_limit=3 to DATABASE_URL, or type "ALTER ROLE docmap CONNECTION LIMIT 12".',
    );
    await expectWholeFlow(await stage.start(cluster, { DATABASE_URL: `${url}?connection_limit=3` }), receiver);
    await session.query('ALTER ROLE docmap CONNECTION LIMIT -1');
    await session.query('ALTER DATABASE postgres CONNECTION LIMIT 10');
    expect(await faultOf(url)).toMatch(
      /the database allows 10. .*connection_limit=8 .*"ALTER DATABASE postgres CONNECTION LIMIT 12"/,
    );
    expect(await faultOf(`${cluster.env.DATABASE_URL}?connection_limit=500`)).toMatch(
      /the server allows \d+. .*raise max_connections/,
    );
    await session.close();
  });
});

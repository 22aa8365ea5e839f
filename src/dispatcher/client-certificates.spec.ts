import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { CertificateAuthority, type ServerCertificate } from '../../test/support/certificates.js';
import { answerBytes, ScriptedReceiver } from '../../test/support/scripted-receiver.js';
import { floodBelowHttp } from '../../test/support/tls-floods.js';
import { WebhookCaller } from '../../test/support/webhook-caller.js';
import { ClientCertificate, type ReceiverAuth } from './receiver-auth.js';
import type { TlsOptions } from './tls-identity.js';
import { HttpWebhookSender, type WebhookConnection, type WebhookRequest } from './webhook-sender.js';

/** Shows the client certificates of users, as a host application would. */
class MtlsSender extends HttpWebhookSender {
  static connections: Record<string, WebhookConnection> = {};

  protected override connectionOf({ userId }: WebhookRequest) {
    return MtlsSender.connections[userId];
  }
}

function tellName(socket: TLSSocket): void {
  socket.write(answerBytes(200, socket.getPeerCertificate().subject.CN as string));
}

describe('A sender with client certificates', () => {
  let directory: string;
  let ca: string;
  let certificate: ServerCertificate;
  let identities: Record<'one' | 'two', TlsOptions>;
  let receiver: ScriptedReceiver | undefined;
  let caller: WebhookCaller | undefined;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'docmap-test-certificates-'));
    const authority = await CertificateAuthority.create(join(directory, 'trusted'));
    ca = (await authority.selfSigned()).cert;
    certificate = await authority.issue('server', { name: 'IP:127.0.0.1' });
    const client = async (label: string): Promise<TlsOptions> => {
      return { ca, ...(await authority.issue(label, { name: `DNS:${label}.example`, shownBy: 'client' })) };
    };
    identities = { one: await client('one'), two: await client('two') };
  });

  afterEach(async () => {
    await caller?.stop();
    await receiver?.stop();
    caller = undefined;
    receiver = undefined;
  });

  afterAll(() => rm(directory, { recursive: true }));

  /** A receiver that requires a client certificate, and answers with its name. */
  async function receive(answer = tellName, server = certificate): Promise<ScriptedReceiver> {
    receiver = await ScriptedReceiver.start((socket) => answer(socket as TLSSocket), {
      tls: { ...server, ca, requestCert: true, rejectUnauthorized: true },
    });
    return receiver;
  }

  /** Attempts for users with these connections, one after another. */
  async function call(connections: WebhookConnection[], allowedNetworks = ['127.0.0.0/8'], auth?: ReceiverAuth) {
    await caller?.stop();
    caller = new WebhookCaller(MtlsSender, allowedNetworks);
    const outcomes = [];
    for (const connection of connections) {
      MtlsSender.connections = { uid_1: connection };
      outcomes.push(await caller.call(receiver!.url, { auth }));
      for (let turn = 0; turn < 5; turn += 1) await setImmediate();
    }
    return outcomes.map(({ error, response }) => error ?? response?.body);
  }

  it('shows its certificate', async () => {
    await receive();
    expect(await call([{ tls: identities.one }])).toEqual(['one']);
  });

  it('fails without a certificate when the receiver requires one', async () => {
    await receive();
    expect(await call([{ tls: { ca } }])).toEqual([expect.stringMatching(/TLS handshake failed|connection closed/)]);
    expect(receiver!.requests).toEqual([]);
  });

  it('never sends on the connection of another certificate, even for the same user', async () => {
    await receive();
    const { one, two } = identities;
    const used = [one, two, { ...one }, two, one].map((tls) => ({ tls }));
    expect(await call(used)).toEqual(['one', 'two', 'one', 'two', 'one']);
    expect(receiver!.connections).toBe(2);
  });

  it('never sends on the connection of a certificate when it has none', async () => {
    await receive();
    expect(await call([{ tls: identities.one }, {}])).toEqual(['one', 'TLS certificate not trusted']);
  });

  it('trusts only its authorities', async () => {
    const stranger = await CertificateAuthority.create(join(directory, 'stranger'));
    await receive(undefined, await stranger.issue('server', { name: 'IP:127.0.0.1' }));
    expect(await call([{ tls: identities.one }])).toEqual(['TLS certificate not trusted']);
    expect(receiver!.requests).toEqual([]);
  });

  it('checks that the certificate names the host, with any environment', async () => {
    const authority = await CertificateAuthority.create(join(directory, 'other'));
    await receive(undefined, await authority.issue('server', { name: 'DNS:receiver.example' }));
    const tls = { ...identities.one, ca: (await authority.selfSigned()).cert };
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      expect(await call([{ tls }])).toEqual(['TLS certificate is for another host']);
    } finally {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
    }
  });

  it('shows the certificate of the owner in place of its own, to receivers of its own authority', async () => {
    await receive();
    const { cert, key } = identities.two as ServerCertificate;
    const auth = new ClientCertificate('id', { type: 'mtls', certificate: cert, privateKey: key });
    expect(await call([{ tls: identities.one }, { tls: { ca } }], undefined, auth)).toEqual(['two', 'two']);
    expect(await call([{}], undefined, auth)).toEqual(['TLS certificate not trusted']);
  });

  it('records an error when the certificate of the owner can not be used', async () => {
    await receive();
    const auth = new ClientCertificate('id', { type: 'mtls', certificate: 'nothing', privateKey: 'nothing' });
    expect(await call([{ tls: { ca } }], undefined, auth)).toEqual(['The client certificate could not be used']);
    expect(receiver!.connections).toBe(0);
  });

  it('connects to no address that the policy refuses', async () => {
    await receive();
    expect(await call([{ tls: identities.one }], [])).toEqual(['target address is not allowed']);
    expect(receiver!.connections).toBe(0);
  });

  it('limits a response as for any sender', async () => {
    await receive((socket) => void socket.write(`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(200_000)}`));
    const [body] = await call([{ tls: identities.one }]);
    expect(body).toHaveLength(16_384);
    await receiver!.stop();
    await receive((socket) => void socket.write(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(200_000)}\r\n\r\n`));
    expect(await call([{ tls: identities.one }])).toEqual(['invalid HTTP response']);
  });

  it('ends a connection that floods it below HTTP', async () => {
    receiver = await ScriptedReceiver.start(() => undefined, {
      accept: (socket) => {
        socket.removeAllListeners('data');
        void floodBelowHttp(socket, 'session tickets', certificate);
      },
    });
    MtlsSender.connections = { uid_1: { tls: identities.one } };
    caller = new WebhookCaller(MtlsSender);
    const outcome = await caller.call(receiver.url.replace('http:', 'https:'));
    expect(outcome).toMatchObject({ response: null, error: 'TLS handshake failed' });
  });

  it.each<[string, WebhookConnection, string]>([
    [
      'an option that would weaken TLS',
      { tls: { rejectUnauthorized: false } as TlsOptions },
      'rejectUnauthorized is not',
    ],
    [
      'the name of another server',
      { tls: { servername: 'other.example' } as TlsOptions },
      'servername is not an option',
    ],
    ['no certificate', { tls: { cert: 'nothing', key: 'nothing' } }, 'PEM'],
    ['a header of ours', { headers: { 'Webhook-Id': 'msg_2' } }, 'Webhook-Id can'],
  ])('makes no attempt with %s', async (_what, connection, message) => {
    await receive();
    await expect(call([connection])).rejects.toThrow(message);
    expect(receiver!.connections).toBe(0);
  });
});

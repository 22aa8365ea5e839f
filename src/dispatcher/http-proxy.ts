import { lookup, type LookupAddress } from 'node:dns';
import { request as newRequest } from 'node:http';
import type { LookupFunction, Socket } from 'node:net';
import { buildConnector } from 'undici';
import { withoutBrackets } from '../targets/without-brackets.js';
import type { ProxyAddress } from '../config/proxy-address.js';
import { ownIdentity } from './tls-identity.js';

const MAX_HEAD_BYTES = 16_384;

/** The proxy can't be reached, or its answer is not HTTP. */
export class ProxyFaultError extends Error {
  override readonly name = 'ProxyFaultError';

  constructor(
    readonly reason: 'unreachable' | 'invalid-answer',
    cause: unknown,
  ) {
    const { message, code } = cause as { message?: string; code?: unknown };
    // An AggregateError of several addresses has no message.
    super(message || String(code), { cause });
  }
}

/** The proxy made no tunnel to a target. */
export class NoTunnelError extends Error {
  override readonly name = 'NoTunnelError';

  /** @param status of the answer to CONNECT. Undefined: no answer came in time, or the proxy closed the connection */
  constructor(
    readonly status?: number,
    readonly isClosed = false,
  ) {
    super(status === undefined ? 'The proxy did not answer CONNECT' : `The proxy answered CONNECT with ${status}`);
  }
}

/**
 * An HTTP proxy that tunnels connections (RFC 9110, section 9.3.6). The target policy does not apply to its own address: an
 * operator configured it.
 */
export class HttpProxy {
  private readonly connector: buildConnector.connector;

  /**
   * @param timeoutMs the time limit of a connection to the proxy, with its TLS handshake
   * @param secureContext the authorities that may sign the certificate of the proxy
   */
  constructor(
    private readonly address: ProxyAddress,
    timeoutMs: number,
    secureContext = ownIdentity().context,
  ) {
    this.connector = buildConnector({
      lookup: sharedLookup(),
      autoSelectFamily: true,
      timeout: timeoutMs,
      rejectUnauthorized: true,
      maxCachedSessions: 0,
      secureContext,
    });
  }

  /**
   * Makes a connection to the proxy. With `https`, the certificate of the proxy is checked.
   *
   * @param onBegin called with the connection that is being made. The caller may destroy it
   * @throws ProxyFaultError
   */
  connect(onBegin: (socket: Socket) => void): Promise<Socket> {
    const { protocol, hostname, port } = this.address;
    return new Promise((resolve, reject) => {
      const target = { protocol, hostname: withoutBrackets(hostname), host: hostname, port };
      const connecting = this.connector(target, (error, socket) => {
        if (error) reject(new ProxyFaultError('unreachable', error));
        else resolve(socket);
      }) as unknown as Socket;
      onBegin(connecting);
    });
  }

  /**
   * Asks for a tunnel. Afterwards the connection is one to the target.
   *
   * @param authority the address and port of the target
   * @throws NoTunnelError or ProxyFaultError. The connection is closed
   */
  requestTunnel(socket: Socket, authority: string): Promise<void> {
    const { authorization } = this.address;
    const before = socket.bytesRead;
    return new Promise((resolve, reject) => {
      const request = newRequest({
        method: 'CONNECT',
        path: authority,
        headers: { host: authority, ...(authorization === undefined ? {} : { 'proxy-authorization': authorization }) },
        createConnection: () => socket,
        maxHeaderSize: MAX_HEAD_BYTES,
      });
      // It would be "close", which is wrong for a tunnel.
      request.removeHeader('connection');
      const fail = (error: Error): void => {
        socket.destroy();
        reject(error);
      };
      request.once('connect', ({ statusCode = 0 }, _socket, rest: Buffer) => {
        // Node.js takes the first answer to CONNECT for the final one.
        if (statusCode < 200) return fail(new ProxyFaultError('invalid-answer', new Error(`HTTP ${statusCode}`)));
        if (statusCode > 299) return fail(new NoTunnelError(statusCode));
        // The target sent them before it was asked. The connection guard finds them.
        if (rest.length > 0) socket.unshift(rest);
        resolve();
      });
      request.once('error', (error: NodeJS.ErrnoException) => {
        const isParsed = error.code?.startsWith('HPE_') === true;
        if (error instanceof NoTunnelError) fail(error);
        else if (isParsed || socket.bytesRead > before) fail(new ProxyFaultError('invalid-answer', error));
        else fail(new NoTunnelError(undefined, true));
      });
      request.end();
    });
  }
}

/**
 * Looks up the name of the proxy as the machine does, with its hosts file and search domains. Look-ups at the same time share
 * one: `dns.lookup` has four threads, which the whole process uses.
 */
function sharedLookup(): LookupFunction {
  let pending: Promise<LookupAddress[]> | undefined;
  const find = (hostname: string): Promise<LookupAddress[]> =>
    new Promise((resolve, reject) => {
      lookup(hostname, { all: true }, (error, addresses) => {
        pending = undefined;
        if (error) reject(error);
        else resolve(addresses);
      });
    });
  return (hostname, { all }, callback) => {
    pending ??= find(hostname);
    pending.then(
      (addresses) => (all ? callback(null, addresses) : callback(null, addresses[0]!.address, addresses[0]!.family)),
      (error: NodeJS.ErrnoException) => callback(error, []),
    );
  };
}

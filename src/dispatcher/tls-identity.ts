import { constants, hash } from 'node:crypto';
import { createSecureContext, DEFAULT_CIPHERS, type SecureContext } from 'node:tls';
import { LRUCache } from 'lru-cache';

type Pem = string | Buffer | (string | Buffer)[];

/** The TLS identity of this service, and the authorities that it trusts. All texts are PEM. */
export interface TlsOptions {
  /** The trusted certificates. They replace the certificates of Node.js. */
  ca?: Pem;
  /** The client certificate, with its chain. */
  cert?: Pem;
  /** The private key of the client certificate. */
  key?: Pem;
  /** The passphrase of the private key. */
  passphrase?: string;
}

/**
 * TLS 1.2 or newer, without renegotiation and tickets. Finite-field Diffie-Hellman is excluded, because the receiver chooses
 * its size. One handshake with 8,192 bits takes 120 to 230 ms of processor time. An elliptic curve takes 1 ms.
 */
const SECURE_OPTIONS = {
  minVersion: 'TLSv1.2',
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET,
  ciphers: `${DEFAULT_CIPHERS}:!kDHE`,
  ecdhCurve: 'X25519:P-256:X448:P-521:P-384',
} as const;

const OPTION_NAMES = new Set(['ca', 'cert', 'key', 'passphrase']);

/** A TLS identity. All of its connections share one secure context. */
export interface TlsIdentity {
  /** Equal only for equal options. */
  readonly id: string;
  readonly context: SecureContext;
}

/** The service's own identity: no client certificate, and the authorities that Node.js trusts. */
export function ownIdentity(): TlsIdentity {
  return { id: '', context: createSecureContext(SECURE_OPTIONS) };
}

/** The limit of cached identities. One takes about 20 KiB. */
export const MAX_IDENTITIES = 1_000;

/** The most recently used identities. */
export class TlsIdentities {
  private readonly known = new LRUCache<string, TlsIdentity>({ max: MAX_IDENTITIES });

  /**
   * The identity of these options. Options are compared by content: a renewed certificate is another identity.
   *
   * @throws Error if the options are not usable
   */
  of(options: TlsOptions): TlsIdentity {
    const unknown = Object.keys(options).find((name) => !OPTION_NAMES.has(name));
    if (unknown !== undefined) throw new TypeError(`${unknown} is not an option of a webhook's connection`);
    const { ca, cert, key, passphrase } = options;
    const id = hash('sha256', JSON.stringify([ca, cert, key, passphrase].map(contentOf)));
    let identity = this.known.get(id);
    if (!identity) {
      identity = { id, context: createSecureContext({ ...SECURE_OPTIONS, ca, cert, key, passphrase }) };
      this.known.set(id, identity);
    }
    return identity;
  }
}

function contentOf(pem: Pem | undefined): unknown {
  if (Array.isArray(pem)) return pem.map(contentOf);
  return pem instanceof Uint8Array ? pem.toString('latin1') : pem;
}

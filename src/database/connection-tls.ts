import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { DatabaseStartError } from './database-start.error.js';
import type { ConnectionParameters } from './connection-string.js';

/** TLS options of a connection. False: not encrypted. */
export type Tls = false | ConnectionOptions;

const MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;

/**
 * Lists the TLS options that `sslmode` allows, in the order of attempts ("SSL Mode Descriptions" in PostgreSQL's manual).
 *
 * - `require` encrypts without verification. With `sslrootcert` it means `verify-ca`.
 * - `verify-ca` and `verify-full` without `sslrootcert` trust the certificate authorities of Node.js.
 * - Without `sslmode` there is no encryption. libpq's default is `prefer`.
 *
 * @throws DatabaseStartError if the mode is unknown or a file can't be read
 */
export function tlsCandidates(parameters: ConnectionParameters, variable: string): readonly Tls[] {
  const root = parameters.get('sslrootcert');
  const fallback = parameters.get('ssl') === 'true' ? 'require' : root === 'system' ? 'verify-full' : 'disable';
  const mode = parameters.get('sslmode') ?? fallback;
  if (!isMode(mode)) {
    throw new DatabaseStartError(`sslmode in ${variable} is "${mode}"; use one of ${MODES.join(', ')}.`);
  }
  if (mode === 'disable') return [false];
  const file = (name: string): Buffer | undefined => readFile(name, parameters.get(name), variable);
  const ca = root === 'system' ? undefined : file('sslrootcert');
  const options: ConnectionOptions = defined({
    ca,
    cert: file('sslcert'),
    key: file('sslkey'),
    crl: file('sslcrl'),
    passphrase: parameters.get('sslpassword'),
  });
  if (mode === 'verify-full') return [options];
  if (mode === 'verify-ca' || (mode === 'require' && ca)) return [{ ...options, checkServerIdentity: anyName }];
  const unverified = { ...options, rejectUnauthorized: false };
  if (mode === 'require') return [unverified];
  return mode === 'prefer' ? [unverified, false] : [false, unverified];
}

function isMode(text: string): text is (typeof MODES)[number] {
  return (MODES as readonly string[]).includes(text);
}

/** Accepts a certificate for any host name: `verify-ca` checks only the issuer. */
function anyName(): undefined {
  return undefined;
}

function readFile(name: string, path: string | undefined, variable: string): Buffer | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path);
  } catch (error) {
    throw new DatabaseStartError(`${name} in ${variable} names ${path}, which can't be read: ${reason(error)}.`, {
      cause: error,
    });
  }
}

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' ? 'there is no such file' : message;
}

function defined<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}

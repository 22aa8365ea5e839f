import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { DatabaseStartError } from './database-start.error.js';
import type { ConnectionParameters } from './connection-string.js';

/** False: the connection is not encrypted. */
export type Tls = false | ConnectionOptions;

const MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;

/**
 * The ways to connect that `sslmode` allows, in the order in which they are tried ("SSL Mode Descriptions" in PostgreSQL's
 * manual). `require` encrypts and verifies nothing, unless `sslrootcert` is given: then it means `verify-ca`. Without
 * `sslrootcert` the two `verify` modes trust the certificate authorities that Node.js trusts. Unlike libpq, whose default is
 * `prefer`, no `sslmode` means no encryption.
 *
 * @throws DatabaseStartError when the mode is unknown, or a file can't be read
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

/** The certificate may be for another name: `verify-ca` looks at its issuer only. */
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

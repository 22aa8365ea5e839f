import { describeTarget, type ConnectionTarget } from './connection-target.js';
import { DatabaseStartError } from './database-start.error.js';

/** What to do about an error of connecting, by its message or code: the first that matches. `%` is the variable's name. */
const REMEDIES: readonly [RegExp, string][] = [
  [
    /unsupported startup parameter.*options/,
    'PgBouncer refuses options: remove options from % and PGOPTIONS, or add it to ignore_startup_parameters.',
  ],
  [/does not support SSL/, 'Add ?sslmode=disable to %, or switch TLS on in the server.'],
  [/no encryption|SSL off|SSL required/i, 'Add ?sslmode=require to %.'],
  [
    /certificate|altnames|self.signed/i,
    "Name the file of the server's certificate authority with ?sslrootcert= in %, or use ?sslmode=require, which does " +
      'not verify it.',
  ],
  [/read-only/, 'Name the primary in %.'],
];

const DEFAULT_REMEDY = 'Check % and that the server runs.';

/** One line that says why the server can't be used, and what to do. */
export function explainConnectError(target: ConnectionTarget, error: Error & { code?: string }): DatabaseStartError {
  const reason = (error.message || error.code || 'no answer').replace(/\s+/g, ' ').replace(/\.$/, '');
  const [, remedy] = REMEDIES.find(([pattern]) => pattern.test(reason)) ?? [undefined, DEFAULT_REMEDY];
  return new DatabaseStartError(
    `${describeTarget(target)} can't be used: ${reason}. ${remedy.replaceAll('%', target.variable)}`,
    { cause: error },
  );
}

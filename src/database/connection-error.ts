import { describeTarget, type ConnectionTarget } from './connection-target.js';
import { DatabaseStartError } from './database-start.error.js';

/** Remedies for connection errors by message or code. The first match counts. `%` stands for the name of the variable. */
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

/** Makes a one-line error that says why the server can't be used and how to solve it. */
export function explainConnectError(target: ConnectionTarget, error: Error & { code?: string }): DatabaseStartError {
  const reason = (error.message || error.code || 'no answer').replace(/\s+/g, ' ').replace(/\.$/, '');
  const [, remedy] = REMEDIES.find(([pattern]) => pattern.test(reason)) ?? [undefined, DEFAULT_REMEDY];
  return new DatabaseStartError(
    `${describeTarget(target)} can't be used: ${reason}. ${remedy.replaceAll('%', target.variable)}`,
    { cause: error },
  );
}

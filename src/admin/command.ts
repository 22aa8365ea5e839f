import type { INestApplicationContext } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import { SCOPES } from '../auth/caller.js';

/** The identity under which commands call services. It has a space, so it is no user's id. */
export const OPERATOR: Caller = { userId: 'npm run admin', keyId: 'npm run admin', scopes: SCOPES };

/** The command line is wrong: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The command can't do its work: exit code 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** An option of a command. An option without a value is a flag. */
export interface Option {
  /** The name of its value in the help, such as `user`. Undefined: a flag. */
  value?: string;
  required?: true;
  default?: string;
  /** The values that it may have. Undefined: any. */
  choices?: readonly string[];
  help: string;
}

/** The arguments of one call of a command. */
export interface Invocation {
  /** The application, for its services. */
  app: INestApplicationContext;
  /** The argument of the command, or empty if it has none. */
  argument: string;
  /** The value of an option, or its default. Empty if it is neither given nor has a default. */
  options: Readonly<Record<string, string>>;
  /** Whether a flag is given. */
  flags: ReadonlySet<string>;
}

/** The result of a command. */
export interface Outcome {
  /** The value that `--json` prints as `{"data": …}`. */
  data: unknown;
  /** The lines for people. */
  text: string;
}

/** A command of `npm run admin`. */
export interface Command {
  /** Group and action, such as `keys create`. */
  name: string;
  /** The name of its argument in the help, such as `webhook-id`. Undefined: none. */
  argument?: string;
  help: string;
  options?: Readonly<Record<string, Option>>;
  run(invocation: Invocation): Promise<Outcome>;
}

/** The option of lists. */
export const LIMIT_OPTION: Option = { value: 'number', default: '100', help: 'the most rows, 1 to 1000' };

/** @throws UsageError unless the option `limit` is a whole number from 1 to 1000 */
export function limitOf({ options: { limit = '' } }: Invocation): number {
  const number = /^\d{1,4}$/.test(limit) ? Number(limit) : 0;
  if (number < 1 || number > 1_000) throw new UsageError('--limit must be a whole number from 1 to 1000');
  return number;
}

/** An option that narrows a list, or undefined if it is not given. */
export function givenOption({ options }: Invocation, name: string): string | undefined {
  return options[name] === '' ? undefined : options[name];
}

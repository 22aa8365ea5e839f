import { Command, Option } from 'commander';
import type { ApiClient } from './api-client.js';
import { text } from '../translations/phrase.js';
import { connect, type ConnectionOptions } from './connection.js';
import { CliUsageError } from './cli-error.js';
import { Terminal, type Surroundings } from './terminal.js';

/** The options of every command that calls the API. */
export interface ApiOptions extends ConnectionOptions {
  json?: boolean;
}

/** The tools of a running command. */
interface Context {
  surroundings: Surroundings;
  terminal: Terminal;
}

/** The tools of a running command that calls the API. */
export interface ApiContext extends Context {
  client: ApiClient;
}

/** Adds the options that find the server and choose the output. */
export function withApiOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--url <address>',
        'the server (environment: DOCMAP_URL). Default: the stored one, or http://localhost:3000',
      ),
    )
    .addOption(new Option('--key <api-key>', 'the API key (environment: DOCMAP_API_KEY)'))
    .addOption(new Option('--json', 'print JSON for programs'));
}

/** Runs an action with a connection to the server of the options. */
export async function withClient(
  surroundings: Surroundings,
  options: ApiOptions,
  action: (context: ApiContext) => Promise<void>,
): Promise<void> {
  const terminal = new Terminal(surroundings, options);
  const client = await connect(surroundings, terminal, options);
  await action({ surroundings, terminal, client });
}

/** An option that may be repeated: each value extends the list. Commas separate values too. */
export function collect(value: string, list?: readonly string[]): string[] {
  return [
    ...(list ?? []),
    ...value
      .split(',')
      .map((each) => each.trim())
      .filter(Boolean),
  ];
}

/** An option that may be repeated, whose values may have commas. */
export function append(value: string, list: readonly string[] | undefined): string[] {
  return [...(list ?? []), value];
}

/**
 * Reads a whole number of an option.
 *
 * @throws CliUsageError if it is not a whole number within the range
 */
export function wholeNumber(name: string, { min, max }: { min: number; max: number }): (text: string) => number {
  return (given) => {
    const number = /^\d{1,9}$/.test(given) ? Number(given) : Number.NaN;
    if (number >= min && number <= max) return number;
    throw new CliUsageError(
      text('{{name}} must be a whole number from {{min}} to {{max}}, not {{given}}', { name, min, max, given }),
    );
  };
}

import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import type { Command } from 'commander';
import displayWidth from 'string-width';
import { padded } from '../common/text-table.js';
import { text } from '../translations/phrase.js';
import type { ApiClient } from './api-client.js';
import { checkSecrets } from './checked-secrets.js';
import { CliError, CliUsageError } from './cli-error.js';
import { diagnose, type Diagnosis } from './diagnosis.js';
import { connect } from './connection.js';
import { append, withApiOptions, type ApiOptions } from './context.js';
import type { RecordDetail } from './deliveries.command.js';
import { headersOf, readRawRequest, type RawRequest } from './raw-request.js';
import { Terminal, type Surroundings } from './terminal.js';

interface VerifyOptions extends ApiOptions {
  secret?: string;
  record?: string;
  body?: string;
  header?: string[];
  ignoreTime?: boolean;
}

/** `verify`: verifies a recorded request, and names the step that fails. */
export function addVerifyCommand(program: Command, surroundings: Surroundings): void {
  const command = program
    .command('verify [file]')
    .description('verify a recorded request (a file or the standard input), and say which step fails');
  withApiOptions(command)
    .option('--secret <secret>', 'the secret or public key (environment: DOCMAP_WEBHOOK_SECRET)')
    .option('--body <file>', 'the body alone: --header gives the headers')
    .option('--header <header>', 'a header, such as "webhook-id: msg_1"; may be repeated', append)
    .option('--record <record-id>', 'the request of a record of the log, as the service sent it, at any age')
    .option('--ignore-time', 'accept a request of any age')
    .action(async (file: string | undefined, options: VerifyOptions) => {
      const terminal = new Terminal(surroundings, options);
      const secret = options.secret ?? surroundings.env.DOCMAP_WEBHOOK_SECRET ?? '';
      if (secret === '') {
        throw new CliUsageError(text('Give the secret of the webhook: --secret or DOCMAP_WEBHOOK_SECRET'));
      }
      checkSecrets(secret);
      const request = await requestOf(surroundings, terminal, file, options);
      const isTimeIgnored = request.isAsSent === true || options.ignoreTime === true;
      const diagnosis = diagnose(request, secret, { isTimeIgnored, say: terminal.say });
      terminal.print(textOf(terminal, diagnosis), diagnosis);
      if (!diagnosis.isValid) throw new CliError(text('The request is not valid.'));
    });
}

async function requestOf(
  surroundings: Surroundings,
  terminal: Terminal,
  file: string | undefined,
  options: VerifyOptions,
): Promise<RawRequest> {
  const { stdin } = surroundings;
  const read = async (path: string): Promise<Buffer> => {
    try {
      return path === '-' ? await buffer(stdin) : await readFile(path);
    } catch (error) {
      throw new CliUsageError(
        text("{{file}} can't be read: {{reason}}", { file: path, reason: (error as Error).message }),
      );
    }
  };
  const { body, header = [], record } = options;
  if (record !== undefined) {
    if (file === undefined && body === undefined && header.length === 0)
      return sentRequest(await connect(surroundings, terminal, options), record);
    throw new CliUsageError(text('--record gives the whole request: leave out the file, --header and --body'));
  }
  if (body === undefined && header.length === 0) return readRawRequest(await read(file ?? '-'));
  if (file !== undefined) {
    throw new CliUsageError(text('Give a recorded request, or its parts with --header and --body'));
  }
  return { headers: headersOf(header), body: await read(body ?? '-') };
}

/** The request of a record. */
async function sentRequest(client: ApiClient, record: string): Promise<RawRequest> {
  const { data } = await client.get<{ data: RecordDetail }>(`webhooks/deliveries/${encodeURIComponent(record)}`);
  const { headers, body } = data.request;
  const lines = Object.entries(headers).map((header) => header.join(': '));
  return { headers: headersOf(lines), body: Buffer.from(body), isAsSent: true };
}

function textOf(terminal: Terminal, { isValid, steps, causes }: Diagnosis): string {
  const width = Math.max(...steps.map(({ name }) => name.length));
  const [ok, failed] = [terminal.say(text('ok')), terminal.say(text('FAILED'))];
  const markWidth = Math.max(displayWidth(ok), displayWidth(failed));
  const lines = steps.map(({ name, isOk, text: remark }) => {
    const mark = terminal.style(isOk ? 'green' : 'red', padded(isOk ? ok : failed, markWidth));
    return `${mark}  ${name.padEnd(width)}  ${remark}`;
  });
  const verdict = isValid ? terminal.say(text('The request is valid.')) : causes.join('\n');
  return [...lines, '', verdict].join('\n');
}

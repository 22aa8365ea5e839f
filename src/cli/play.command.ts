import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Command } from 'commander';
import { isObject } from '../common/is-object.js';
import { printable, printableLines } from '../common/text-table.js';
import { text } from '../translations/phrase.js';
import { checkSecrets } from './checked-secrets.js';
import { CliError } from './cli-error.js';
import { collect, wholeNumber } from './context.js';
import { createPlayServer, RANGES, type PlayedRequest } from './play-server.js';
import { Terminal, type Surroundings } from './terminal.js';

interface PlayOptions {
  port: number;
  host: string;
  secret?: string[];
  status: number;
  delay: number;
  retryAfter?: number;
  failFirst: number;
  showBody?: boolean;
  json?: boolean;
}

/** `play`: a local receiver that shows each request with a verdict on its signature. */
export function addPlayCommand(program: Command, surroundings: Surroundings): void {
  program
    .command('play')
    .description('run a local receiver: it shows each request and its signature, answers as told, and has /history')
    .option('--port <number>', '0 takes a free one', wholeNumber('--port', { min: 0, max: 65_535 }), 4_000)
    .option('--host <address>', 'the address to listen at', '127.0.0.1')
    .option('--secret <secrets>', 'secrets or public keys (environment: DOCMAP_WEBHOOK_SECRET)', collect)
    .option('--status <status>', 'the status of answers', wholeNumber('--status', RANGES.status), 204)
    .option('--delay <ms>', 'the time before answers', wholeNumber('--delay', RANGES.delay), 0)
    .option('--retry-after <seconds>', 'add Retry-After', wholeNumber('--retry-after', RANGES.retryAfter))
    .option(
      '--fail-first <n>',
      'answer 500 to the first n requests of a webhook-id',
      wholeNumber('--fail-first', RANGES.failFirst),
      0,
    )
    .option('--show-body', 'print bodies')
    .option('--json', 'print JSON for programs')
    .addHelpText(
      'after',
      new Terminal(surroundings).say(
        text(
          '\nThe URL can choose the answer of a webhook: http://127.0.0.1:4000/hook?status=503&delay=2000&retryAfter=30&failFirst=2\nGET /history returns the requests as JSON, DELETE /history forgets them.',
        ),
      ),
    )
    .action((options: PlayOptions) => play(surroundings, options));
}

async function play(surroundings: Surroundings, options: PlayOptions): Promise<void> {
  const { env, signal } = surroundings;
  const terminal = new Terminal(surroundings, options);
  const secrets = options.secret ?? collect(env.DOCMAP_WEBHOOK_SECRET ?? '');
  if (secrets.length > 0) checkSecrets(secrets);
  const { status, delay, retryAfter, failFirst, port, host } = options;
  const server = createPlayServer({
    secrets,
    answer: { status, delay, retryAfter, failFirst },
    onRequest: (request, fault) => {
      terminal.print(lineOf(terminal, request, options.showBody === true), request);
      if (fault) terminal.note(fault);
    },
  });
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    const reason = (error as Error).message;
    throw new CliError(text("{{host}}:{{port}} can't be used: {{reason}}", { host, port, reason }));
  }
  const address = server.address() as AddressInfo;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
  terminal.note(text('Listening at {{url}}. Ctrl-C ends.', { url }));
  if (secrets.length === 0)
    terminal.note(text('Signatures are not checked: --secret gives the secret of the webhook.'));
  if (!signal.aborted) await once(signal, 'abort');
  server.closeAllConnections();
  server.close();
}

function lineOf(terminal: Terminal, request: PlayedRequest, hasBody: boolean): string {
  const { at, method, path, headers, signature, status, body } = request;
  const colour = signature === 'valid' ? 'green' : signature === 'not checked' ? 'yellow' : 'red';
  const event = String(headers['x-docmap-event'] ?? typeOf(body) ?? '-');
  const attempt = String(headers['x-docmap-attempt'] ?? '-');
  const time = at.slice(11, 19);
  const verdict = signature === 'valid' ? text('valid') : signature === 'not checked' ? text('not checked') : signature;
  const line = [
    time,
    method,
    printable(path),
    printable(event),
    terminal.say(text('attempt {{attempt}}', { attempt: printable(attempt) })),
    terminal.say(text('signature {{verdict}}', { verdict: terminal.style(colour, terminal.say(verdict)) })),
    `-> ${status}`,
  ];
  return line.join('  ') + (hasBody ? `\n${printableLines(body)}` : '');
}

/** The type in the body of an event. A sender of Standard Webhooks has no header for it. */
function typeOf(body: string): string | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) && 'type' in value && typeof value.type === 'string' ? value.type : undefined;
  } catch {
    return undefined;
  }
}

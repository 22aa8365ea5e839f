import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { printable, printableLines } from '../common/text-table.js';
import { text, type Phrase } from '../translations/phrase.js';
import { CliError, CliUsageError } from './cli-error.js';
import { collect, withApiOptions, withClient, type ApiContext, type ApiOptions } from './context.js';
import { streamEvents } from './event-stream.js';
import { forward, type Forwarded, type StreamedEvent } from './forwarder.js';
import { readKeys } from './pressed-keys.js';
import { checkSecrets } from './checked-secrets.js';
import { readSettings, settingsFile, writeSettings } from './stored-settings.js';
import type { Surroundings, Terminal } from './terminal.js';

interface ListenOptions extends ApiOptions {
  forwardTo?: string;
  events?: string[];
  filter?: string;
  secret?: string;
  showBody?: boolean;
}

/** `listen`: forwards the events of the key's user to a receiver on this machine. */
export function addListenCommand(program: Command, surroundings: Surroundings): void {
  const command = program
    .command('listen')
    .description("receive the user's events here, and forward them to a local receiver, signed");
  withApiOptions(command)
    .option(
      '--forward-to <url>',
      'the receiver, such as http://localhost:4000/webhooks/docmap. Without it, events are only shown',
    )
    .option('--events <names>', 'event types or patterns, with commas between them', collect)
    .option('--filter <json>', 'a condition on the content of events, as the field filter of a webhook')
    .option(
      '--secret <secret>',
      'the secret to sign with (environment: DOCMAP_WEBHOOK_SECRET). Default: one for this machine',
    )
    .option('--show-body', 'print the bodies of events and answers')
    .action((options: ListenOptions) => withClient(surroundings, options, (context) => listen(context, options)));
}

/** The last event, for the keys. */
interface Last {
  event: StreamedEvent | undefined;
}

async function listen(context: ApiContext, options: ListenOptions): Promise<void> {
  const { client, terminal, surroundings } = context;
  const { signal: stopped } = surroundings;
  const url = options.forwardTo === undefined ? undefined : localUrl(options.forwardTo);
  const secret = await secretOf(surroundings, options.secret);
  const quit = new AbortController();
  const signal = AbortSignal.any([stopped, quit.signal]);
  const last: Last = { event: undefined };
  let isOpen = false;
  let isHinted = false;
  const send = async (event: StreamedEvent) => {
    const status = await deliver(terminal, event, { url, secret, signal, options });
    if (isHinted || (status !== 401 && status !== 403)) return;
    isHinted = true;
    terminal.note(
      text(
        'HTTP {{status}}: the receiver probably does not know this signing secret. Give it the one above, or sign with the secret of its webhook: --secret.',
        { status },
      ),
    );
  };
  const stopReading = terminal.isInteractive
    ? readKeys(surroundings.stdin, () => quit.abort(), {
        q: () => quit.abort(),
        r: () => (last.event ? void send(last.event) : terminal.note(text('No event yet.'))),
        o: () => void showEvent(context, last.event),
      })
    : () => undefined;
  try {
    if (url !== undefined) {
      terminal.note(text('Signing secret: {{secret}}', { secret }));
      if (isSameServer(url, client.url)) {
        terminal.note(text('{{url}} is the server itself: --forward-to is the address of your receiver.', { url }));
      }
    }
    const events = streamEvents({
      client,
      query: { events: options.events, filter: options.filter },
      signal,
      onOpen: () => {
        terminal.note(isOpen ? text('Connected again.') : readyText(client.url, url));
        if (!isOpen && terminal.isInteractive) {
          terminal.note(text('Keys: r resends the last event, o opens its record, q quits.'));
        }
        isOpen = true;
      },
      onRetry: (reason) => terminal.note(text('{{reason}}. Trying again …', { reason })),
    });
    for await (const event of events) {
      last.event = event;
      await send(event);
    }
  } finally {
    stopReading();
  }
}

function readyText(server: string, url: string | undefined): Phrase {
  return url === undefined
    ? text('Listening to {{server}}. Events are only shown: --forward-to forwards them.', { server })
    : text('Listening to {{server}}. Forwarding to {{url}}.', { server, url });
}

interface Delivering {
  url: string | undefined;
  secret: string;
  signal: AbortSignal;
  options: ListenOptions;
}

/** @returns the status of the receiver's answer, or null without one */
async function deliver(terminal: Terminal, event: StreamedEvent, delivering: Delivering): Promise<number | null> {
  const { url, secret, signal, options } = delivering;
  const result = url === undefined ? undefined : await forward(event, { url, secret, signal });
  const at = new Date();
  const { type, id, body } = event;
  const lines = [lineOf(terminal, at, event, result)];
  if (options.showBody === true) {
    lines.push(printableLines(body));
    if (result && result.answer !== '') lines.push(`< ${printableLines(result.answer).replaceAll('\n', '\n< ')}`);
  }
  const shown = result && { status: result.status, error: result.error, durationMs: result.durationMs };
  const answer = options.showBody === true && result ? { answer: result.answer } : {};
  terminal.print(lines.join('\n'), { at: at.toISOString(), id, event: type, body, ...shown, ...answer });
  return result?.status ?? null;
}

function lineOf(terminal: Terminal, at: Date, { type, body }: StreamedEvent, result: Forwarded | undefined): string {
  const time = at.toTimeString().slice(0, 8);
  const parts = [time, printable(type), printable(extractionOf(body))];
  if (result) {
    const isSuccess = result.status !== null && result.status >= 200 && result.status < 300;
    const answer = result.status === null ? printable(result.error ?? '') : String(result.status);
    parts.push(terminal.style(isSuccess ? 'green' : 'red', answer), `${result.durationMs} ms`);
  }
  return parts.join('  ');
}

function extractionOf(body: string): string {
  const { data } = JSON.parse(body) as { data?: { id?: unknown } };
  return typeof data?.id === 'string' ? data.id : '-';
}

async function showEvent({ client, terminal }: ApiContext, event: StreamedEvent | undefined): Promise<void> {
  if (!event) return terminal.note(text('No event yet.'));
  try {
    const record = await client.get<object>(`events/${encodeURIComponent(event.id)}`);
    terminal.note(JSON.stringify(record, null, 2));
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    terminal.note(error.phrase);
  }
}

function localUrl(given: string): string {
  // "localhost:4000/hook" and "4000/hook" are what people type.
  const full = /^\d+(\/|$)/.test(given)
    ? `http://localhost:${given}`
    : /^https?:\/\//.test(given)
      ? given
      : `http://${given}`;
  if (!URL.canParse(full)) {
    throw new CliUsageError(
      text('--forward-to must be a URL such as http://localhost:4000/webhooks/docmap, not {{given}}', { given }),
    );
  }
  return new URL(full).href;
}

/** Whether two addresses have the same origin. The names of this machine are one. */
function isSameServer(...urls: [string, string]): boolean {
  const [first, second] = urls.map((url) =>
    new URL(url).origin.replace(/\/\/(?:127\.0\.0\.1|\[::1\])(?=:|$)/, '//localhost'),
  );
  return first === second;
}

/** The given secret, or that of this machine, which stays the same. */
async function secretOf(surroundings: Surroundings, given: string | undefined): Promise<string> {
  const secret = given ?? surroundings.env.DOCMAP_WEBHOOK_SECRET;
  if (secret !== undefined && secret !== '') {
    checkSecrets(secret);
    return secret;
  }
  const file = settingsFile(surroundings);
  const stored = await readSettings(file);
  if (stored.listenSecret !== undefined) return stored.listenSecret;
  const listenSecret = randomBytes(32).toString('hex');
  await writeSettings(file, { ...stored, listenSecret });
  return listenSecret;
}

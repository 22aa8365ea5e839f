import type { Command } from 'commander';
import { properties, table, type Cell } from '../common/text-table.js';
import { text, type Phrase } from '../translations/phrase.js';
import { collect, wholeNumber, withApiOptions, withClient, type ApiContext, type ApiOptions } from './context.js';
import { CliError } from './cli-error.js';
import { isConfirmed } from './connection.js';
import type { Surroundings } from './terminal.js';

/** A day, as the API has it. */
const DEFAULT_OVERLAP_SECONDS = 86_400;

interface Webhook {
  id: string;
  url: string;
  events: string[];
  active: boolean;
  description: string | null;
  disabledReason: string | null;
  createdAt: string;
  updatedAt: string;
  signature?: string;
  publicKey?: string | null;
}

interface WithSecret {
  data: { secret: string | null; webhook: Webhook };
}

type Action<Options> = (context: ApiContext, id: string, options: Options) => Promise<void>;

/** `webhooks`: lists and changes the webhooks of the key's user. */
export function addWebhooksCommand(program: Command, surroundings: Surroundings): void {
  const webhooks = program.command('webhooks').description('list, create and change webhooks');
  const list = webhooks.command('list', { isDefault: true }).description('list the webhooks (default)');
  withApiOptions(list)
    .option('--all', 'include inactive webhooks')
    .action((options: ApiOptions & { all?: boolean }) =>
      withClient(surroundings, options, (context) => listWebhooks(context, options.all === true)),
    );
  const create = webhooks.command('create <webhook-url>').description('create a webhook, and show its secret once');
  withApiOptions(create)
    .option('--events <names>', 'event types or patterns, with commas between them. Default: extraction.*', collect)
    .option('--description <text>', 'a note for people')
    .option('--signature <kind>', 'hmac-sha256 or ed25519')
    .action((url: string, options: CreateOptions) =>
      withClient(surroundings, options, (context) => createWebhook(context, url, options)),
    );
  const add = <Options extends ApiOptions>(name: string, help: Phrase, action: Action<Options>): Command =>
    withApiOptions(webhooks.command(`${name} <webhook-id>`).description(String(help))).action(
      (id: string, options: Options) =>
        withClient(surroundings, options, (context) => action(context, encodeURIComponent(id), options)),
    );
  add('show', text('show a webhook'), async ({ client, terminal }, id) => {
    const { data } = await client.get<{ data: Webhook }>(`webhooks/${id}`);
    terminal.print(properties(shown(data)), { data });
  });
  add('test', text('send a test event to a webhook'), async ({ client, terminal }, id) => {
    const { data } = await client.send<{ data: { id: string } }>('POST', `webhooks/${id}/test`);
    const { id: event } = data;
    terminal.print(
      text('Queued the test event {{event}}. "docmap-webhooks deliveries" shows its attempts.', { event }),
      { data },
    );
  });
  add('enable', text('activate a webhook'), (context, id) => setActive(context, id, true));
  add('disable', text('deactivate a webhook'), (context, id) => setActive(context, id, false));
  add('rotate-secret', text('make a new secret, and show it once'), rotateSecret).option(
    '--overlap <seconds>',
    'how long the old secret signs too',
    wholeNumber('--overlap', { min: 0, max: 604_800 }),
    DEFAULT_OVERLAP_SECONDS,
  );
  add('delete', text('delete a webhook for ever'), deleteWebhook).option('--yes', 'do not ask');
}

interface CreateOptions extends ApiOptions {
  events?: string[];
  description?: string;
  signature?: string;
}

async function listWebhooks({ client, terminal }: ApiContext, all: boolean): Promise<void> {
  const { data } = await client.get<{ data: Webhook[] }>('webhooks', all ? { active: 'all' } : {});
  const rows = data.map(({ id, url, events, active, disabledReason, createdAt }): Cell[] => [
    id,
    terminal.say(active ? text('active') : disabledReason ? text('disabled') : text('inactive')),
    events.join(' '),
    url,
    createdAt,
  ]);
  const headers = [text('ID'), text('STATE'), text('EVENTS'), text('URL'), text('CREATED')].map(terminal.say);
  const none = terminal.say(text('No webhooks. "docmap-webhooks webhooks create" makes one.'));
  terminal.print(table(headers, rows, none), { data });
}

async function createWebhook(context: ApiContext, url: string, options: CreateOptions): Promise<void> {
  const { events = ['extraction.*'], description, signature } = options;
  const answer = await context.client.send<WithSecret>('POST', 'webhooks', { url, events, description, signature });
  showSecret(context, answer);
}

async function rotateSecret(context: ApiContext, id: string, options: ApiOptions & { overlap: number }): Promise<void> {
  const { overlap: overlapSeconds } = options;
  const answer = await context.client.send<WithSecret>('POST', `webhooks/${id}/rotate-secret`, { overlapSeconds });
  showSecret(context, answer);
  const end = new Date(Date.parse(answer.data.webhook.updatedAt) + overlapSeconds * 1_000).toISOString();
  context.terminal.note(
    overlapSeconds === 0
      ? text('The previous secret or key no longer signs.')
      : text('The previous secret or key signs too until {{end}}: change your receiver by then.', { end }),
  );
}

function showSecret({ terminal }: ApiContext, { data }: WithSecret): void {
  const { secret, webhook } = data;
  terminal.print(properties({ ...shown(webhook), ...(secret === null ? {} : { secret }) }), { data });
  if (secret !== null) terminal.note(text('The secret is shown only now: keep it where your receiver finds it.'));
}

async function setActive({ client, terminal }: ApiContext, id: string, active: boolean): Promise<void> {
  const { data } = await client.send<{ data: Webhook }>('PATCH', `webhooks/${id}`, { active });
  const { id: webhook } = data;
  terminal.print(active ? text('{{webhook}} is active.', { webhook }) : text('{{webhook}} is inactive.', { webhook }), {
    data,
  });
}

async function deleteWebhook(
  { client, terminal, surroundings }: ApiContext,
  id: string,
  { yes }: ApiOptions & { yes?: boolean },
): Promise<void> {
  if (yes !== true) {
    if (!terminal.isInteractive) throw new CliError(text('Nothing is deleted: add --yes.'));
    const { data } = await client.get<{ data: Webhook }>(`webhooks/${id}`);
    const question = terminal.say(text('Delete {{url}}? Its waiting deliveries are never sent.', { url: data.url }));
    if (!(await isConfirmed(surroundings, question))) throw new CliError(text('Nothing is deleted.'));
  }
  const answer = await client.send<object>('DELETE', `webhooks/${id}`);
  terminal.print(text('Deleted.'), answer);
}

function shown(webhook: Webhook): Record<string, Cell> {
  const { id, url, events, active, description, disabledReason, createdAt, signature, publicKey } = webhook;
  return {
    id,
    url,
    events: events.join(' '),
    active: String(active),
    ...(disabledReason === null ? {} : { disabledReason }),
    ...(description === null ? {} : { description }),
    ...(signature === undefined ? {} : { signature }),
    ...(publicKey ? { publicKey } : {}),
    createdAt,
  };
}

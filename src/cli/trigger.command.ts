import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { text as readText } from 'node:stream/consumers';
import type { Command } from 'commander';
import { closestName } from '../common/closest-name.js';
import { isReservedEvent } from '../common/reserved-event-words.js';
import { joined, text, type Phrase } from '../translations/phrase.js';
import { ApiError, CliError, CliUsageError } from './cli-error.js';
import { append, withApiOptions, withClient, type ApiContext, type ApiOptions } from './context.js';
import { setMember } from './set-member.js';
import type { Surroundings } from './terminal.js';

interface EventType {
  name: string;
  example: { data: Record<string, unknown> };
}

interface Accepted {
  id: string;
  event: string;
  userId: string;
  extractionId: string | null;
  deliveries: number;
}

interface TriggerOptions extends ApiOptions {
  set?: string[];
  from?: string;
  extraction?: string;
  user?: string;
}

/** `trigger`: publishes a sample of an event type. */
export function addTriggerCommand(program: Command, surroundings: Surroundings): void {
  const command = program
    .command('trigger <event-type>')
    .description('publish a sample event; needs a key with the scope events:publish');
  withApiOptions(command)
    .option(
      '--set <path=value>',
      'change the sample, such as data.pages=120; a value that is no JSON is a text; may be repeated',
      append,
    )
    .option('--from <file>', 'take data from a JSON file instead of the sample; - is the standard input')
    .option('--extraction <id>', 'the id of the extraction. Default: a new one')
    .option('--user <id>', 'the user whose webhooks get the event. Default: the user of the key')
    .action((eventType: string, options: TriggerOptions) =>
      withClient(surroundings, options, (context) => trigger(context, eventType, options)),
    );
}

async function trigger(context: ApiContext, name: string, options: TriggerOptions): Promise<void> {
  const { client, terminal } = context;
  const sample = await sampleOf(context, name);
  const { id, ...fields } = sample.data;
  const json = options.from === undefined ? JSON.stringify(fields) : await readData(context.surroundings, options.from);
  const isAboutExtraction = id !== undefined || options.extraction !== undefined;
  const parts = {
    event: name,
    userId: options.user ?? (await ownUser(context)),
    ...(isAboutExtraction ? { extractionId: options.extraction ?? `extract-${randomBytes(8).toString('hex')}` } : {}),
  };
  // The text of a file stays as it is, so its numbers keep their digits.
  const data = options.set === undefined ? json : JSON.stringify(changed(json, options.set));
  const body = `${JSON.stringify(parts).slice(0, -1)},"data":${data}}`;
  const { data: event } = await client.send<{ data: Accepted }>('POST', 'events', body).catch(explainScope);
  terminal.print(publishedText(event), { data: event });
  if (event.deliveries === 0) {
    terminal.note(
      text('No active webhook of this user subscribes to it, or filters leave it out: "docmap-webhooks webhooks".'),
    );
  }
}

function publishedText({ id, event, userId, extractionId, deliveries }: Accepted): Phrase {
  const webhooks = deliveries === 1 ? text('1 webhook') : text('{{count}} webhooks', { count: deliveries });
  const values = { event, id, webhooks, user: userId };
  return extractionId === null
    ? text('Published {{event}} as {{id}}: queued for {{webhooks}} of {{user}}.', values)
    : text('Published {{event}} of {{extraction}} as {{id}}: queued for {{webhooks}} of {{user}}.', {
        ...values,
        extraction: extractionId,
      });
}

async function sampleOf({ client }: ApiContext, name: string): Promise<EventType['example']> {
  const { data: all } = await client.get<{ data: EventType[] }>('event-types');
  const published = all.filter((each) => !isReservedEvent(each.name));
  const type = published.find((each) => each.name === name);
  if (type) return type.example;
  const names = published.map((each) => each.name);
  throw new CliUsageError(
    joined([refusalOf(name, names), text('Types: {{types}}.', { types: names.join(', ') })], ' '),
  );
}

function refusalOf(name: string, names: readonly string[]): Phrase {
  if (name === 'webhook.test') return text('"docmap-webhooks webhooks test <webhook-id>" sends webhook.test.');
  if (isReservedEvent(name)) return text('Only the service itself publishes {{name}}.', { name });
  const close = closestName(name, names);
  return close === undefined
    ? text('There is no event type {{name}}.', { name })
    : text('There is no event type {{name}}. Did you mean {{close}}?', { name, close });
}

/** The user of the key. The list of keys shows it. */
async function ownUser({ client }: ApiContext): Promise<string> {
  try {
    const { data } = await client.get<{ data: { userId: string }[] }>('api-keys');
    if (data[0]) return data[0].userId;
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 403) throw error;
  }
  throw new CliUsageError(text('The key does not show its user: name the user with --user'));
}

/** The text of an object: the `data` of an event in a file, or the whole file. */
async function readData({ stdin }: Surroundings, file: string): Promise<string> {
  let json: string;
  try {
    json = file === '-' ? await readText(stdin) : await readFile(file, 'utf8');
  } catch (error) {
    throw new CliUsageError(text("{{file}} can't be read: {{reason}}", { file, reason: (error as Error).message }));
  }
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new CliUsageError(text('{{file}} is no JSON: {{reason}}', { file, reason: (error as Error).message }));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CliUsageError(text('{{file}} must contain a JSON object', { file }));
  }
  // A whole body, as a receiver gets it: only its data is published again.
  const { type, data } = value as { type?: unknown; data?: unknown };
  if (typeof type !== 'string' || typeof data !== 'object' || data === null) return json.replace(/^\uFEFF/, '');
  const { id: _id, ...fields } = data as Record<string, unknown>;
  return JSON.stringify(fields);
}

function changed(json: string, settings: readonly string[]): unknown {
  const event = { data: JSON.parse(json) as Record<string, unknown> };
  for (const setting of settings) setMember(event, setting);
  return event.data;
}

function explainScope(error: unknown): never {
  if (error instanceof ApiError && error.status === 403) {
    throw new CliError(
      text(
        '{{message}}\nPublishing needs a key with the scope events:publish. "docmap-webhooks webhooks test <id>" sends a test without it.',
        { message: error.phrase },
      ),
    );
  }
  throw error;
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { printable, printableLines, properties, table, type Cell } from '../common/text-table.js';
import { text } from '../translations/phrase.js';
import type { Page } from './api-client.js';
import { collect, wholeNumber, withApiOptions, withClient, type ApiContext, type ApiOptions } from './context.js';
import type { Surroundings, Terminal } from './terminal.js';

/** The time between two requests of `--follow`, in milliseconds. */
const FOLLOW_MS = 2_000;
const PAGE = 100;

interface DeliveryRecord {
  id: string;
  webhookId: string;
  extractionId: string | null;
  event: string;
  url: string;
  status: string;
  httpStatus: number | null;
  error: string | null;
  durationMs: number;
  createdAt: string;
  attempt: number;
  trigger: string;
  nextAttemptAt: string | null;
}

/** A record with its request and response. */
export interface RecordDetail extends DeliveryRecord {
  request: { headers: Record<string, string>; body: string };
  response: { headers: Record<string, string | string[]>; body: string; truncated: boolean } | null;
}

interface Filters {
  webhook?: string;
  status?: string;
  event?: string;
  extraction?: string;
  httpStatus?: string;
  trigger?: string;
  errorClass?: string;
  since?: string;
  until?: string;
}

interface ListOptions extends ApiOptions, Filters {
  limit: number;
  follow?: boolean;
}

/** `deliveries`: the log of attempts. */
export function addDeliveriesCommand(program: Command, surroundings: Surroundings): void {
  const command = program
    .command('deliveries [record-id]')
    .description('list the attempts, newest first, or show one with its request and response');
  withApiOptions(command)
    .option('--webhook <id>', 'only of this webhook')
    .option('--status <status>', 'success or failed')
    .option('--event <type>', 'only of this event type')
    .option('--extraction <id>', 'only of this extraction')
    .option('--http-status <status>', 'such as 500, 5xx or none')
    .option('--trigger <trigger>', 'event, retry, resend, test or recover')
    .option('--error-class <class>', 'such as timeout, dns, connect or tls')
    .option('--since <time>', 'RFC 3339, such as 2025-01-20T00:00:00Z')
    .option('--until <time>', 'RFC 3339')
    .option('--limit <number>', 'the most records', wholeNumber('--limit', { min: 1, max: 1_000 }), 20)
    .option('--follow', 'print new attempts until Ctrl-C')
    .action((id: string | undefined, options: ListOptions) =>
      withClient(surroundings, options, (context) => {
        if (id !== undefined) return showRecord(context, id);
        return options.follow === true ? followRecords(context, options) : listRecords(context, options);
      }),
    );
}

/** `resend`: sends the events of records again. */
export function addResendCommand(program: Command, surroundings: Surroundings): void {
  const command = program.command('resend <record-ids...>').description('send the events of up to 100 records again');
  withApiOptions(command).action((ids: string[], options: ApiOptions) =>
    withClient(surroundings, options, async ({ client, terminal }) => {
      const body = { ids: ids.flatMap((each) => collect(each)) };
      const { data } = await client.send<{ data: unknown[] }>('POST', 'webhooks/deliveries/resend', body);
      const { length: count } = data;
      terminal.print(count === 1 ? text('Queued 1 delivery.') : text('Queued {{count}} deliveries.', { count }), {
        data,
      });
    }),
  );
}

async function listRecords({ client, terminal }: ApiContext, options: ListOptions): Promise<void> {
  const records: DeliveryRecord[] = [];
  let cursor: string | undefined;
  do {
    const limit = Math.min(PAGE, options.limit - records.length);
    const page = await client.get<Page<DeliveryRecord>>('webhooks/deliveries', { ...queryOf(options), limit, cursor });
    records.push(...page.data);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && records.length < options.limit);
  const rows = records.map(cellsOf);
  const headers = [
    text('TIME'),
    text('EVENT'),
    text('EXTRACTION'),
    text('RESULT'),
    text('MS'),
    text('ATTEMPT'),
    text('RECORD'),
  ];
  terminal.print(table(headers.map(terminal.say), rows, terminal.say(text('No attempts.'))), { data: records });
}

/** Prints records as they are made, oldest first. Each is printed once. */
async function followRecords(context: ApiContext, options: ListOptions): Promise<void> {
  const { client, terminal, surroundings } = context;
  const { signal } = surroundings;
  const newest = async (cursor?: string) =>
    client.get<Page<DeliveryRecord>>('webhooks/deliveries', { ...queryOf(options), limit: PAGE, cursor });
  let seen = new Set((await newest()).data.map(({ id }) => id));
  terminal.note(text('Waiting for attempts. Ctrl-C ends.'));
  while (!signal.aborted) {
    await sleep(FOLLOW_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const fresh: DeliveryRecord[] = [];
    let page = await newest();
    const present = new Set(page.data.map(({ id }) => id));
    for (;;) {
      const unseen = page.data.filter(({ id }) => !seen.has(id));
      fresh.push(...unseen);
      // A page with a known record reaches what is printed. An empty log has none.
      if (unseen.length < page.data.length || seen.size === 0 || !page.nextCursor) break;
      page = await newest(page.nextCursor);
    }
    for (const record of fresh.toReversed()) terminal.print(lineOf(terminal, record), record);
    seen = new Set([...present, ...fresh.map(({ id }) => id)]);
  }
}

async function showRecord({ client, terminal }: ApiContext, id: string): Promise<void> {
  const { data } = await client.get<{ data: RecordDetail }>(`webhooks/deliveries/${encodeURIComponent(id)}`);
  const { request, response, extractionId, ...record } = data;
  const { id: recordId, event, url, status, httpStatus, error, durationMs, attempt, createdAt, nextAttemptAt } = record;
  const facts = {
    id: recordId,
    event,
    extractionId,
    url,
    status,
    httpStatus,
    error,
    durationMs,
    attempt,
    createdAt,
    nextAttemptAt,
  };
  const { say } = terminal;
  const parts = [
    properties(facts),
    `${say(text('Request'))}\n${linesOf(request.headers)}\n\n${printableLines(request.body)}`,
  ];
  if (response) {
    const cut = response.truncated ? `\n${say(text('(truncated)'))}` : '';
    parts.push(`${say(text('Response'))}\n${linesOf(response.headers)}\n\n${printableLines(response.body)}${cut}`);
  }
  terminal.print(parts.join('\n\n'), { data });
}

function queryOf(options: Filters): Record<string, string | undefined> {
  return {
    webhookId: options.webhook,
    status: options.status,
    event: options.event,
    extractionId: options.extraction,
    httpStatus: options.httpStatus,
    trigger: options.trigger,
    errorClass: options.errorClass,
    since: options.since,
    until: options.until,
  };
}

function cellsOf(record: DeliveryRecord): Cell[] {
  const { createdAt, event, extractionId, durationMs, attempt, id } = record;
  return [createdAt, event, extractionId, resultOf(record), durationMs, attempt, id];
}

function lineOf(terminal: Terminal, record: DeliveryRecord): string {
  const { createdAt, event, extractionId, status, durationMs, attempt, id } = record;
  const result = terminal.style(status === 'success' ? 'green' : 'red', printable(resultOf(record)));
  const number = terminal.say(text('attempt {{attempt}}', { attempt }));
  return [createdAt, event, printable(extractionId ?? '-'), result, `${durationMs} ms`, number, id].join('  ');
}

function resultOf({ httpStatus, error }: DeliveryRecord): string {
  return error === null ? String(httpStatus) : error;
}

function linesOf(headers: Record<string, string | string[]>): string {
  return Object.entries(headers)
    .flatMap(([name, value]) => [value].flat().map((each) => printable(`${name}: ${each}`)))
    .join('\n');
}

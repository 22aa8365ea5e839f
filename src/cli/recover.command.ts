import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { figure } from '../common/text-table.js';
import { joined, text } from '../translations/phrase.js';
import { CliError } from './cli-error.js';
import { isConfirmed } from './connection.js';
import { collect, withApiOptions, withClient, type ApiContext, type ApiOptions } from './context.js';
import type { Surroundings } from './terminal.js';

/** The time between two looks at a recovery, in milliseconds. */
const PROGRESS_MS = 1_000;

interface Count {
  events: number;
  oldest: string | null;
  newest: string | null;
}

interface Recovery {
  id: string;
  status: string;
  queued: number;
  examined: number;
  left: number | null;
  estimatedEndAt: string | null;
}

interface RecoverOptions extends ApiOptions {
  since: string;
  until?: string;
  events?: string[];
  extractions?: string[];
  all?: boolean;
  dryRun?: boolean;
  yes?: boolean;
  wait?: boolean;
}

/** `recover`: counts the missed events of a webhook, asks, and queues them. */
export function addRecoverCommand(program: Command, surroundings: Surroundings): void {
  const command = program
    .command('recover <webhook-id>')
    .description('count the events that a webhook has missed, and queue them after a confirmation');
  withApiOptions(command)
    .requiredOption('--since <time>', 'RFC 3339, such as 2025-01-20T00:00:00Z')
    .option('--until <time>', 'RFC 3339. Default: now')
    .option('--events <types>', 'only these event types', collect)
    .option('--extractions <ids>', 'only these extractions, at most 100', collect)
    .option('--all', 'also events that the webhook has received')
    .option('--dry-run', 'count only')
    .option('--yes', 'do not ask')
    .option('--wait', 'show the progress until the recovery ends')
    .action((id: string, options: RecoverOptions) =>
      withClient(surroundings, options, (context) => recover(context, encodeURIComponent(id), options)),
    );
}

async function recover(context: ApiContext, id: string, options: RecoverOptions): Promise<void> {
  const { client, terminal, surroundings } = context;
  const { since, until, events, extractions: extractionIds, all } = options;
  const choice = { since, until, events, extractionIds, ...(all === true ? { include: 'all' } : {}) };
  if (options.dryRun === true || options.yes !== true) {
    const body = { ...choice, dryRun: true };
    const { data } = await client.send<{ data: Count }>('POST', `webhooks/${id}/recover`, body);
    const { events: count, oldest, newest } = data;
    const found =
      oldest === null || newest === null
        ? text('{{count}} events', { count: figure(count) })
        : text('{{count}} events, from {{oldest}} to {{newest}}', { count: figure(count), oldest, newest });
    if (options.dryRun === true) return terminal.print(joined([found, '.'], ''), { data });
    if (!terminal.isInteractive) {
      throw new CliError(text('Nothing is queued: {{count}} events wait for --yes.', { count }));
    }
    if (!(await isConfirmed(surroundings, terminal.say(text('Queue {{found}}?', { found }))))) {
      throw new CliError(text('Nothing is queued.'));
    }
  }
  const { data } = await client.send<{ data: Recovery }>('POST', `webhooks/${id}/recover`, choice);
  if (options.wait === true) return follow(context, id, data);
  terminal.print(text('Recovery {{id}} has begun. --wait shows its progress.', { id: data.id }), { data });
}

async function follow({ client, terminal, surroundings }: ApiContext, id: string, begun: Recovery): Promise<void> {
  const { signal } = surroundings;
  let recovery = begun;
  while (recovery.status === 'running') {
    const queued = figure(recovery.queued);
    terminal.note(
      recovery.left === null
        ? text('{{queued}} queued', { queued })
        : text('{{queued}} queued, {{left}} left', { queued, left: figure(recovery.left) }),
    );
    await sleep(PROGRESS_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) throw new CliError(text('The recovery {{id}} continues on the server.', { id: begun.id }));
    ({ data: recovery } = await client.get<{ data: Recovery }>(`webhooks/${id}/recoveries/${begun.id}`));
  }
  const { id: recoveryId, status, queued } = recovery;
  terminal.print(
    text('Recovery {{id}}: {{status}}, {{queued}} events queued.', { id: recoveryId, status, queued: figure(queued) }),
    { data: recovery },
  );
}

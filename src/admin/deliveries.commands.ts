import { isTimestamp, timeOf } from '../common/timestamp.js';
import { DeliveriesService } from '../deliveries/deliveries.service.js';
import { givenOption, UsageError, type Command } from './command.js';
import { properties, table } from '../common/text-table.js';

const HEADERS = ['ATTEMPT', 'AT', 'TRIGGER', 'STATUS', 'HTTP', 'MS', 'NEXT', 'RECORD', 'ERROR'];

const show: Command = {
  name: 'deliveries show',
  argument: 'id',
  help: 'shows a delivery and its attempts, by its id (webhook-id of the receiver) or the id of a record of the log',
  options: {
    since: { value: 'time', help: 'searches all deliveries since then (ISO 8601): for those that version 0.1 queued' },
  },
  async run(invocation) {
    const since = givenOption(invocation, 'since');
    if (since !== undefined && !isTimestamp(since)) {
      throw new UsageError('--since must be an ISO 8601 time with an offset, such as 2025-01-20T14:30:04Z');
    }
    const data = await invocation.app
      .get(DeliveriesService)
      .history(invocation.argument, since === undefined ? undefined : timeOf(since));
    const { delivery, attempts } = data;
    const head = properties({
      delivery: delivery.id,
      event: delivery.eventId,
      webhook: delivery.webhookId,
      state: delivery.state,
      'next attempt': delivery.nextAttemptAt,
      created: delivery.createdAt,
    });
    const rows = attempts.map(
      ({ attempt, createdAt, trigger, status, httpStatus, durationMs, nextAttemptAt, id, error }) => [
        attempt,
        createdAt,
        trigger,
        status,
        httpStatus === null ? null : String(httpStatus),
        durationMs,
        nextAttemptAt,
        id,
        error,
      ],
    );
    return { data, text: `${head}\n\n${table(HEADERS, rows, 'No attempts.')}` };
  },
};

export const DELIVERY_COMMANDS = [show];

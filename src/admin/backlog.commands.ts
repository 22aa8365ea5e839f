import { BacklogService } from '../deliveries/backlog.service.js';
import { WebhooksService } from '../webhooks/webhooks.service.js';
import { givenOption, LIMIT_OPTION, limitOf, OPERATOR, type Command } from './command.js';
import { confirm } from './confirm.js';
import { figure, table, withMore } from '../common/text-table.js';

const HEADERS = ['WEBHOOK', 'USER', 'STATE', 'PENDING', 'DUE', 'OLDEST DUE'];

const list: Command = {
  name: 'backlog list',
  help: 'lists the webhooks with pending deliveries, those with the most due ones first',
  options: { user: { value: 'user', help: 'only webhooks of this user' }, limit: LIMIT_OPTION },
  async run(invocation) {
    const limit = limitOf(invocation);
    const data = await invocation.app.get(BacklogService).list(givenOption(invocation, 'user'), limit);
    const rows = data.map(({ webhookId, userId, state, pending, due, oldestDue }) => [
      webhookId,
      userId,
      state ?? 'deleted',
      pending,
      due,
      oldestDue,
    ]);
    return { data, text: withMore(table(HEADERS, rows, 'No pending deliveries.'), data.length, limit) };
  },
};

const cancel: Command = {
  name: 'backlog cancel',
  argument: 'webhook-id',
  help: 'cancels all pending deliveries of a webhook, after a question',
  options: { yes: { help: 'do not ask' } },
  async run({ app, argument, flags }) {
    const { id, userId, url } = await app.get(WebhooksService).get(OPERATOR, argument);
    const backlog = app.get(BacklogService);
    const { pending, oldestDue } = await backlog.get(OPERATOR, argument);
    if (pending > 0 && !flags.has('yes')) {
      const oldest = oldestDue === null ? '' : `, the oldest due since ${oldestDue.toISOString()}`;
      await confirm(
        `${id} of ${userId} (${url}) has ${figure(pending)} pending deliveries${oldest}. Cancel all of them?`,
      );
    }
    const { deliveries } = await backlog.cancel(OPERATOR, argument, {}, Infinity);
    const data = { webhookId: id, userId, deliveries };
    return { data, text: `Cancelled ${figure(deliveries)} deliveries to ${id} of ${userId}` };
  },
};

export const BACKLOG_COMMANDS = [list, cancel];

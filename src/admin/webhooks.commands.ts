import { isPlainText } from '../common/validation.js';
import { TestEventService } from '../events/test-event.service.js';
import { BacklogService } from '../deliveries/backlog.service.js';
import { WEBHOOK_STATES, type WebhookState } from '../webhooks/webhook-health.js';
import { WebhookHealthService, type WebhookWithHealth } from '../webhooks/webhook-health.service.js';
import { WebhooksService } from '../webhooks/webhooks.service.js';
import { givenOption, LIMIT_OPTION, limitOf, OPERATOR, UsageError, type Command, type Invocation } from './command.js';
import { properties, table, withMore } from '../common/text-table.js';

const MAX_REASON = 200;
const HEADERS = ['ID', 'USER', 'STATE', 'FAILING SINCE', 'FAILURES', 'PAUSES', 'PAUSED UNTIL', 'DISABLED', 'URL'];

function rowOf(webhook: WebhookWithHealth) {
  const { id, userId, state, failingSince, consecutiveFailures, pauses, pausedUntil, disabledAt, url } = webhook;
  return [id, userId, state, failingSince, consecutiveFailures, pauses, pausedUntil, disabledAt, url];
}

const list: Command = {
  name: 'webhooks list',
  help: 'lists webhooks of all users with their health, newest first',
  options: {
    state: { value: 'state', choices: WEBHOOK_STATES, help: 'only webhooks in this state' },
    user: { value: 'user', help: 'only webhooks of this user' },
    limit: LIMIT_OPTION,
  },
  async run(invocation) {
    const limit = limitOf(invocation);
    const filter = {
      state: givenOption(invocation, 'state') as WebhookState | undefined,
      userId: givenOption(invocation, 'user'),
    };
    const data = await invocation.app.get(WebhookHealthService).list(filter, limit);
    return { data, text: withMore(table(HEADERS, data.map(rowOf), 'No webhooks.'), data.length, limit) };
  },
};

const show: Command = {
  name: 'webhooks show',
  argument: 'webhook-id',
  help: 'shows a webhook with its health and its backlog',
  async run({ app, argument }) {
    const webhook = await app.get(WebhookHealthService).get(argument);
    const backlog = await app.get(BacklogService).get(OPERATOR, argument);
    return {
      data: { ...webhook, backlog },
      text: properties({
        id: webhook.id,
        user: webhook.userId,
        url: webhook.url,
        events: webhook.events.join(),
        description: webhook.description,
        signature: webhook.signature,
        'public key': webhook.publicKey,
        state: webhook.state,
        'failing since': webhook.failingSince,
        'failures in a row': webhook.consecutiveFailures,
        'pauses in a row': webhook.pauses,
        'paused until': webhook.pausedUntil,
        'disabled at': webhook.disabledAt,
        'disabled because': webhook.disabledReason,
        'pending deliveries': backlog.pending,
        'due deliveries': backlog.due,
        'oldest due': backlog.oldestDue,
        created: webhook.createdAt,
        updated: webhook.updatedAt,
      }),
    };
  },
};

const disable: Command = {
  name: 'webhooks disable',
  argument: 'webhook-id',
  help: 'disables a webhook: its deliveries wait, and new events are not queued for it',
  options: { reason: { value: 'text', required: true, help: 'its owner reads it as disabledReason' } },
  async run(invocation) {
    const { reason = '' } = invocation.options;
    if (!isPlainText(reason, 1, MAX_REASON)) {
      throw new UsageError(`--reason must be text of 1 to ${MAX_REASON} characters without control characters`);
    }
    return setActive(invocation, false, reason);
  },
};

const enable: Command = {
  name: 'webhooks enable',
  argument: 'webhook-id',
  help: 'enables a webhook: its waiting deliveries are sent, and its health starts again',
  run: (invocation) => setActive(invocation, true),
};

async function setActive({ app, argument }: Invocation, active: boolean, reason?: string) {
  const webhooks = app.get(WebhooksService);
  const before = await webhooks.get(OPERATOR, argument);
  const data = await webhooks.update(OPERATOR, argument, { active }, reason);
  const name = `${data.id} of ${data.userId}`;
  if (before.active === active) {
    const since = active ? '' : ` since ${data.disabledAt?.toISOString()}: ${data.disabledReason}`;
    return { data, text: `Nothing is changed: ${name} is ${active ? 'active' : 'disabled'} already${since}` };
  }
  return { data, text: active ? `Enabled ${name}` : `Disabled ${name}: ${data.disabledReason}` };
}

const test: Command = {
  name: 'webhooks test',
  argument: 'webhook-id',
  help: 'queues one webhook.test delivery to an active webhook',
  async run({ app, argument }) {
    const { url, userId } = await app.get(WebhooksService).get(OPERATOR, argument);
    const data = await app.get(TestEventService).send(OPERATOR, argument, null);
    return { data, text: `Queued the test delivery ${data.id} to ${data.webhookId} of ${userId}: ${url}` };
  },
};

export const WEBHOOK_COMMANDS = [list, show, disable, enable, test];

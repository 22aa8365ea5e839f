import { LIMIT_OPTION, limitOf, UsageError, type Command } from './command.js';
import { confirm } from './confirm.js';
import { ErasureService, type Erasure } from './erasure.service.js';
import { figure, table, withMore } from '../common/text-table.js';
import { UsersRepository } from './users.repository.js';

const HEADERS = ['USER', 'ACTIVE KEYS', 'LAST USED', 'ACTIVE WEBHOOKS', 'WEBHOOKS'];

const list: Command = {
  name: 'users list',
  help: 'lists the users that have an API key or a webhook, by id',
  options: { limit: LIMIT_OPTION },
  async run(invocation) {
    const limit = limitOf(invocation);
    const data = await invocation.app.get(UsersRepository).list(limit);
    const rows = data.map(({ userId, activeKeys, lastUsedAt, activeWebhooks, webhooks }) => [
      userId,
      activeKeys,
      lastUsedAt,
      activeWebhooks,
      webhooks,
    ]);
    return { data, text: withMore(table(HEADERS, rows, 'No users.'), data.length, limit) };
  },
};

const erase: Command = {
  name: 'users erase',
  argument: 'user-id',
  help: 'removes all data of a user for good, after a question. It may be interrupted and repeated',
  options: { yes: { help: 'do not ask' } },
  async run({ app, argument, flags }) {
    if (argument === '') throw new UsageError('"users erase" needs the id of a user, not an empty text');
    if (!flags.has('yes')) {
      const { webhooks, activeKeys } = await app.get(UsersRepository).find(argument);
      await confirm(
        `${argument} has ${figure(webhooks)} webhooks and ${figure(activeKeys)} active API keys. ` +
          'Remove them, and all events, deliveries and records of this user, for good?',
      );
    }
    const data = await app.get(ErasureService).erase(argument);
    return { data, text: erasureText(data) };
  },
};

function erasureText({ userId, removed, keptBootstrapKeys }: Erasure): string {
  const rows = Object.entries(removed).filter(([, count]) => count > 0);
  const text = table(['REMOVED FROM', 'ROWS'], rows, `${userId} has no data.`);
  if (keptBootstrapKeys === 0) return text;
  const note = `The row of ${figure(keptBootstrapKeys)} revoked bootstrap key stays: without it, the next start with the same`;
  return `${text}\n${note} BOOTSTRAP_API_KEY would create the key again. Set another key, or remove the variable.`;
}

export const USER_COMMANDS = [list, erase];

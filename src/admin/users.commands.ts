import { LIMIT_OPTION, limitOf, type Command } from './command.js';
import { table, withMore } from './output.js';
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

export const USER_COMMANDS = [list];

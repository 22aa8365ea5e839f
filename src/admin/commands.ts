import { BACKLOG_COMMANDS } from './backlog.commands.js';
import type { Command } from './command.js';
import { DELIVERY_COMMANDS } from './deliveries.commands.js';
import { KEY_COMMANDS } from './keys.commands.js';
import { USER_COMMANDS } from './users.commands.js';
import { WEBHOOK_COMMANDS } from './webhooks.commands.js';

/** All commands, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  ...KEY_COMMANDS,
  ...USER_COMMANDS,
  ...WEBHOOK_COMMANDS,
  ...BACKLOG_COMMANDS,
  ...DELIVERY_COMMANDS,
];

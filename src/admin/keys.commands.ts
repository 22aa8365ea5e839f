import { ApiKeysService } from '../auth/api-keys.service.js';
import {
  CreateApiKeyDto,
  KEY_LIFETIMES,
  ListApiKeysDto,
  type ApiKeyDto,
  type KeyLifetime,
} from '../auth/api-keys.dto.js';
import { SCOPES, type KeyScope } from '../auth/caller.js';
import { StrictValidationPipe } from '../common/strict-validation.pipe.js';
import { OPERATOR, UsageError, type Command } from './command.js';
import { readInput } from './confirm.js';
import { properties, table } from '../common/text-table.js';

const HEADERS = ['ID', 'USER', 'NAME', 'PREFIX', 'SCOPES', 'EXPIRES', 'LAST USED', 'CREATED'];

function rowOf({ id, userId, name, prefix, scopes, expiresAt, lastUsedAt, createdAt }: ApiKeyDto) {
  return [id, userId, name, prefix, scopes.join(), expiresAt, lastUsedAt, createdAt];
}

const create: Command = {
  name: 'keys create',
  help: 'creates an API key of a user and shows it once',
  options: {
    user: { value: 'user', required: true, help: 'the owner' },
    name: { value: 'text', required: true, help: 'tells the key apart from others' },
    expires: { value: 'lifetime', default: '90d', choices: KEY_LIFETIMES, help: 'the time for which it is valid' },
    scopes: { value: 'list', default: 'webhooks', help: `separated by commas: ${SCOPES.join()}` },
  },
  async run({ app, options: { user: userId, name = '', expires, scopes = '' } }) {
    const input = { name, expiresIn: expires as KeyLifetime, scopes: scopes.split(',') as KeyScope[], userId };
    const checked = await app.get(StrictValidationPipe).checked(CreateApiKeyDto, input);
    const data = await app.get(ApiKeysService).create(OPERATOR, checked);
    const { apiKey, key } = data;
    const end = apiKey.expiresAt === null ? 'never expires' : `expires ${apiKey.expiresAt.toISOString()}`;
    return {
      data,
      text: `Created the key ${apiKey.id} of ${apiKey.userId}: ${apiKey.scopes.join()}, ${end}. It is shown only now:\n${key}`,
    };
  },
};

const list: Command = {
  name: 'keys list',
  help: "lists a user's active API keys, newest first",
  options: { user: { value: 'user', required: true, help: 'the owner' } },
  async run({ app, options: { user = '' } }) {
    const query = await app.get(StrictValidationPipe).checked(ListApiKeysDto, { userId: user });
    const data = await app.get(ApiKeysService).list(OPERATOR, query);
    return { data, text: table(HEADERS, data.map(rowOf), `${user} has no active API key.`) };
  },
};

const find: Command = {
  name: 'keys find',
  help: 'reads a key from the standard input and shows whose it is, in any state',
  async run({ app }) {
    const key = await readInput();
    if (key === '') throw new UsageError('"keys find" reads the key from the standard input, and that is empty');
    const data = await app.get(ApiKeysService).describe(key);
    const { id, userId, name, prefix, scopes, expiresAt, lastUsedAt, createdAt, revoked } = data;
    const state = revoked ? 'revoked' : expiresAt !== null && expiresAt <= new Date() ? 'expired' : 'active';
    return {
      data,
      text: properties({
        id,
        state,
        user: userId,
        name,
        prefix,
        scopes: scopes.join(),
        expires: expiresAt,
        'last used': lastUsedAt,
        created: createdAt,
      }),
    };
  },
};

const revoke: Command = {
  name: 'keys revoke',
  argument: 'key-id',
  help: 'revokes an API key: when the command ends, every process refuses it',
  async run({ app, argument }) {
    const data = await app.get(ApiKeysService).revoke(OPERATOR, argument);
    return { data, text: `Revoked the key ${data.id} of ${data.userId}: ${data.name}` };
  },
};

export const KEY_COMMANDS = [create, list, find, revoke];

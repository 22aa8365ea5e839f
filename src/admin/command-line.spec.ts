import { describe, expect, it } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { helpText, readCommandLine } from './command-line.js';
import { UsageError } from './command.js';
import { COMMANDS } from './commands.js';

const read = (...argv: string[]) => readCommandLine(argv, COMMANDS);

describe('readCommandLine', () => {
  it.each<[string, string[], string | RegExp]>([
    ['no command', [], 'No command is given: it comes before its options'],
    ['an option before the command', ['--user', 'x', 'keys', 'list'], /^No command is given/],
    ['an unknown group', ['key', 'list'], 'There is no command "key list": did you mean keys list?'],
    ['a group alone', ['users'], 'There is no command "users": did you mean users list, users erase?'],
    [
      'a group and an option',
      ['users', '--json'],
      'There is no command "users": did you mean users list, users erase?',
    ],
    [
      'an unknown action',
      ['keys', 'remove'],
      /^There is no command "keys remove": did you mean keys create, keys list, /,
    ],
    ['an unknown word', ['pause', 'all'], 'There is no command "pause all"'],
    ['an unknown option', ['keys', 'list', '--owner', 'x'], /^"keys list": Unknown option '--owner'/],
    [
      'an option without its value',
      ['keys', 'list', '--user'],
      /^"keys list": Option '--user <value>' argument missing/,
    ],
    ['a missing option', ['keys', 'list'], '"keys list" needs --user <user>'],
    ['an empty option', ['keys', 'list', '--user', ''], '"keys list" needs --user <user>'],
    ['a missing reason', ['webhooks', 'disable', 'webhook-1'], '"webhooks disable" needs --reason <text>'],
    ['a missing argument', ['backlog', 'cancel'], '"backlog cancel" needs one argument: <webhook-id>, not 0'],
    ['two arguments', ['keys', 'revoke', 'a', 'b'], '"keys revoke" needs one argument: <key-id>, not 2'],
    ['an argument too many', ['users', 'list', 'x'], '"users list" takes no argument, not 1'],
    ['an unknown state', ['webhooks', 'list', '--state', 'sick'], /^--state must be one of healthy, failing, paused, /],
    [
      'an unknown lifetime',
      ['keys', 'create', '--user', 'a', '--name', 'x', '--expires', '5d'],
      /^--expires must be one/,
    ],
  ])('refuses %s', (_what, argv, message) => {
    expect(() => read(...argv)).toThrow(UsageError);
    expect(() => read(...argv)).toThrow(message);
  });

  it('reads options, their defaults, flags and the argument', () => {
    expect(read('keys', 'create', '--user', 'uid_b', '--name=A name', '--json')).toMatchObject({
      command: { name: 'keys create' },
      argument: '',
      options: { user: 'uid_b', name: 'A name', expires: '90d', scopes: 'webhooks' },
      flags: new Set(['json']),
    });
    expect(read('--json', 'backlog', 'cancel', 'webhook-1', '--yes')).toMatchObject({
      command: { name: 'backlog cancel' },
      argument: 'webhook-1',
      flags: new Set(['yes', 'json']),
    });
  });

  it.each([['help'], ['--help'], ['-h'], ['keys', 'create', '--help']])('asks for help with %s', (...argv) => {
    expect(read(...argv)).toBeUndefined();
  });
});

describe('helpText', () => {
  it('has each command with its options', () => {
    const text = helpText(COMMANDS);
    for (const { name, options = {} } of COMMANDS) {
      expect(text).toContain(`\n  ${name}`);
      for (const option of Object.keys(options)) expect(text).toContain(`      --${option} `);
    }
  });
});

describe('Values of options', () => {
  const app = {} as INestApplicationContext;

  it.each([
    [['users', 'list', '--limit', '0'], '--limit must be a whole number from 1 to 1000'],
    [['backlog', 'list', '--limit', '1001'], '--limit must be a whole number from 1 to 1000'],
    [['webhooks', 'list', '--limit', '1e2'], '--limit must be a whole number from 1 to 1000'],
    [['deliveries', 'show', 'x', '--since', 'yesterday'], '--since must be an ISO 8601 time with an offset'],
    [['webhooks', 'disable', 'webhook-1', '--reason', 'x\ny'], '--reason must be text of 1 to 200 characters'],
  ])('are refused in %j', async (argv, message) => {
    const line = read(...argv);
    expect(line).toBeDefined();
    await expect(line?.command.run({ app, ...line })).rejects.toThrow(UsageError);
    await expect(line?.command.run({ app, ...line })).rejects.toThrow(message);
  });
});

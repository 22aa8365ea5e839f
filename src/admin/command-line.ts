import { parseArgs } from 'node:util';
import { closestName } from '../common/closest-name.js';
import { UsageError, type Command, type Invocation, type Option } from './command.js';

/** Options of every command. */
const COMMON: Readonly<Record<string, Option>> = {
  json: { help: 'print JSON: {"data": …}, or {"error": {"code", "message"}} on the standard error output' },
};

/** A command line that names a command. */
export interface CommandLine extends Omit<Invocation, 'app'> {
  command: Command;
}

/**
 * Reads the arguments of the program. The command comes first; only `--json` may precede it.
 *
 * @returns undefined if they ask for help
 * @throws UsageError
 */
export function readCommandLine(argv: readonly string[], commands: readonly Command[]): CommandLine | undefined {
  if (argv.includes('--help') || argv.includes('-h') || argv[0] === 'help') return undefined;
  const words = argv[0] === '--json' ? [...argv.slice(1), '--json'] : argv;
  const command = commands.find(({ name }) => name === words.slice(0, 2).join(' '));
  if (!command) throw unknownCommand(words, commands);
  return { command, ...readArguments(command, words.slice(2)) };
}

function readArguments(command: Command, argv: readonly string[]): Omit<Invocation, 'app'> {
  const declared = { ...command.options, ...COMMON };
  const { values, positionals } = parsed(command, argv, declared);
  const expected = command.argument === undefined ? 0 : 1;
  if (positionals.length !== expected) {
    const needs = expected === 0 ? 'takes no argument' : `needs one argument: <${command.argument}>`;
    throw new UsageError(`"${command.name}" ${needs}, not ${positionals.length}`);
  }
  const flags = new Set(Object.keys(values).filter((name) => values[name] === true));
  const entries = Object.entries(declared).flatMap(([name, option]) =>
    option.value === undefined ? [] : [[name, checked(command, name, option, values[name] as string | undefined)]],
  );
  return { argument: positionals[0] ?? '', options: Object.fromEntries(entries) as Record<string, string>, flags };
}

function parsed(command: Command, argv: readonly string[], declared: Readonly<Record<string, Option>>) {
  const options = Object.fromEntries(
    Object.entries(declared).map(([name, { value }]) => [
      name,
      { type: value === undefined ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS') !== true) throw error;
    throw new UsageError(`"${command.name}": ${(error as Error).message}`);
  }
}

function checked(command: Command, name: string, option: Option, given: string | undefined): string {
  const value = given ?? option.default ?? '';
  if (value === '' && option.required) throw new UsageError(`"${command.name}" needs --${name} <${option.value}>`);
  if (value !== '' && option.choices && !option.choices.includes(value)) {
    throw new UsageError(`--${name} must be one of ${option.choices.join(', ')}`);
  }
  return value;
}

function unknownCommand(words: readonly string[], commands: readonly Command[]): UsageError {
  const [group = '-'] = words;
  if (group.startsWith('-')) return new UsageError('No command is given: it comes before its options');
  const asked = words
    .slice(0, 2)
    .filter((word) => !word.startsWith('-'))
    .join(' ');
  const names = commands.map(({ name }) => name);
  const meant = closestName(asked, names) ?? names.filter((name) => name.startsWith(`${group} `)).join(', ');
  const hint = meant === '' ? '' : `: did you mean ${meant}?`;
  return new UsageError(`There is no command "${asked}"${hint}`);
}

/** The help: all commands with their options. */
export function helpText(commands: readonly Command[]): string {
  const lines = commands.flatMap(({ name, argument, help, options = {} }) => [
    `  ${name}${argument === undefined ? '' : ` <${argument}>`}`,
    `      ${help}`,
    ...Object.entries(options).map(([option, described]) => `      ${optionHelp(option, described)}`),
  ]);
  return [
    'npm run --silent admin -- <command> [options]',
    '',
    'Acts on the database of DATABASE_URL, or on the embedded one in DATA_DIR.',
    '',
    'Commands:',
    ...lines,
    '',
    'Options of every command:',
    ...Object.entries(COMMON).map(([option, described]) => `      ${optionHelp(option, described)}`),
    '',
    'Exit codes: 0 done, 1 failed, 2 wrong command line.',
  ].join('\n');
}

function optionHelp(name: string, { value, help, choices, default: fallback, required }: Option): string {
  const form = value === undefined ? `--${name}` : `--${name} <${value}>`;
  const notes = [
    ...(required ? ['required'] : []),
    ...(choices ? [choices.join(' | ')] : []),
    ...(fallback === undefined ? [] : [`default: ${fallback}`]),
  ];
  return `${form.padEnd(20)}  ${help}${notes.length === 0 ? '' : ` (${notes.join('; ')})`}`;
}

import { Help, type Command } from 'commander';
import displayWidth from 'string-width';
import { Phrase, text } from '../translations/phrase.js';
import type { Say } from './language.js';

const TITLES = [text('Usage:'), text('Arguments:'), text('Options:'), text('Commands:')];

/** Translates the help of a command and of its own commands: their descriptions, and the words of commander. */
export function translateHelp(command: Command, say: Say): void {
  command.description(say(new Phrase(command.description())));
  for (const option of command.options) option.description = say(new Phrase(option.description));
  const help = new Help();
  const translatedTerms = (terms: string): string =>
    terms.replace('[options]', say(text('[options]'))).replace(' [command]', ` ${say(text('[command]'))}`);
  command.configureHelp({
    displayWidth,
    styleTitle: (title) => say(TITLES.find(({ english }) => english === title) ?? title),
    commandUsage: (each) => translatedTerms(help.commandUsage(each)),
    subcommandTerm: (each) => help.subcommandTerm(each).replace('[options]', say(text('[options]'))),
    optionDescription: (option) =>
      help
        .optionDescription(option)
        .replace(/\(default: (.*)\)$/, (_all, value: string) => say(text('(default: {{value}})', { value }))),
  });
  for (const each of command.commands) translateHelp(each, say);
}

type Groups = Readonly<Record<string, string>>;

/** The errors of commander, which has one language. */
const ERRORS: readonly (readonly [RegExp, (groups: Groups) => Phrase])[] = [
  [
    /^error: unknown option '(?<option>.*?)'/,
    ({ option = '' }) => text("error: unknown option '{{option}}'", { option }),
  ],
  [
    /^error: unknown command '(?<command>.*?)'/,
    ({ command = '' }) => text("error: unknown command '{{command}}'", { command }),
  ],
  [
    /^error: missing required argument '(?<argument>.*?)'/,
    ({ argument = '' }) => text("error: missing required argument '{{argument}}'", { argument }),
  ],
  [
    /^error: option '(?<option>.*?)' argument missing/,
    ({ option = '' }) => text("error: option '{{option}}' argument missing", { option }),
  ],
  [
    /^error: required option '(?<option>.*?)' not specified/,
    ({ option = '' }) => text("error: required option '{{option}}' not specified", { option }),
  ],
  [
    /^error: too many arguments(?: for '.*?')?\. Expected (?<expected>\d+) arguments? but got (?<given>\d+)\./,
    ({ expected = '', given = '' }) =>
      text('error: too many arguments. Expected {{expected}} but got {{given}}.', { expected, given }),
  ],
  [
    /^error: command-argument value '(?<value>.*?)' is invalid for argument '(?<argument>.*?)'\. Allowed choices are (?<choices>.*)\./,
    ({ value = '', argument = '', choices = '' }) =>
      text("error: value '{{value}}' is invalid for argument '{{argument}}'. Allowed choices are {{choices}}.", {
        value,
        argument,
        choices,
      }),
  ],
  [/^\(Did you mean (?:one of )?(?<names>.*)\?\)$/m, ({ names = '' }) => text('(Did you mean {{names}}?)', { names })],
];

/** Translates an error of commander. Words that it does not know stay English. */
export function translatedError(error: string, say: Say): string {
  return ERRORS.reduce(
    (all, [pattern, phrase]) => all.replace(pattern, (...match) => say(phrase((match.at(-1) ?? {}) as Groups))),
    error,
  );
}

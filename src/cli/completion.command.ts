import { Argument, type Command } from 'commander';
import { text } from '../translations/phrase.js';
import { Terminal, type Surroundings } from './terminal.js';
import type { Say } from './language.js';

const NAME = 'docmap-webhooks';
const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

/** A command and its words: the options, and the names of its own commands. */
interface Words {
  path: string[];
  words: [word: string, help: string][];
}

/** `completion`: prints a script that completes commands and options. It is made from the commands themselves. */
export function addCompletionCommand(program: Command, surroundings: Surroundings): void {
  program
    .command('completion')
    .description('print a script for completion: source <(docmap-webhooks completion bash)')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .action((shell: Shell) => {
      surroundings.stdout.write(`${SCRIPTS[shell](wordsOf(program, [], new Terminal(surroundings).say))}\n`);
    });
}

function wordsOf(command: Command, path: string[], say: Say): Words[] {
  const children = command.commands.map((each): [string, string] => [each.name(), each.description()]);
  const options = command.options.map((each): [string, string] => [each.long ?? '', each.description]);
  const own: Words = { path, words: [...children, ...options, ['--help', say(text('show the help'))]] };
  return [own, ...command.commands.flatMap((each) => wordsOf(each, [...path, each.name()], say))];
}

const SCRIPTS: Record<Shell, (all: Words[]) => string> = {
  bash: (all) => `_docmap_webhooks() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path="" word words=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path $word" in
${casesOf(all, (path) => `path="${path}"`)}
    esac
  done
  case "$path" in
${all.map(({ path, words }) => `    "${prefixed(path)}") words="${words.map(([word]) => word).join(' ')}" ;;`).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _docmap_webhooks ${NAME}`,

  // `path` is the search path of zsh.
  zsh: (all) => `#compdef ${NAME}
_docmap_webhooks() {
  local here="" word
  local -a words_here
  for word in "\${words[@]:1:$((CURRENT-2))}"; do
    case "$here $word" in
${casesOf(all, (path) => `here="${path}"`)}
    esac
  done
  case "$here" in
${all.map(({ path, words }) => `    "${prefixed(path)}") words_here=(${words.map(([word, help]) => quoted(`${word}:${help.replaceAll(':', String.raw`\:`)}`)).join(' ')}) ;;`).join('\n')}
  esac
  _describe '${NAME}' words_here || _files
}
if [ "$funcstack[1]" = "_docmap_webhooks" ]; then _docmap_webhooks "$@"; else compdef _docmap_webhooks ${NAME}; fi`,

  fish: (all) =>
    all
      .flatMap(({ path, words }) => {
        const others = all
          .filter(
            (each) => each.path.length === path.length + 1 && path.every((name, index) => each.path[index] === name),
          )
          .map((each) => each.path.at(-1));
        const seen = path.map((name) => `__fish_seen_subcommand_from ${name}`);
        const unseen = others.length === 0 ? [] : [`not __fish_seen_subcommand_from ${others.join(' ')}`];
        const condition = [...seen, ...unseen].join('; and ') || 'true';
        return words.map(([word, help]) => {
          const completes = word.startsWith('--') ? `-l ${word.slice(2)}` : `-f -a ${word}`;
          return `complete -c ${NAME} -n ${quoted(condition)} ${completes} -d ${quoted(help)}`;
        });
      })
      .join('\n'),
};

/** Cases of a shell that lead from a command to one of its own commands. */
function casesOf(all: Words[], set: (path: string) => string): string {
  return all
    .filter(({ path }) => path.length > 0)
    .map(({ path }) => `      "${prefixed(path.slice(0, -1))} ${path.at(-1)}") ${set(prefixed(path))} ;;`)
    .join('\n');
}

function prefixed(path: string[]): string {
  return path.map((name) => ` ${name}`).join('');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

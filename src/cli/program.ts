import { Command, CommanderError } from 'commander';
import { VERSION } from '../common/version.js';
import { text } from '../translations/phrase.js';
import { translateHelp, translatedError } from './commander-texts.js';
import { CliError, CliUsageError } from './cli-error.js';
import { addCompletionCommand } from './completion.command.js';
import { login } from './connection.js';
import { withApiOptions, type ApiOptions } from './context.js';
import { addDeliveriesCommand, addResendCommand } from './deliveries.command.js';
import { addListenCommand } from './listen.command.js';
import { addPlayCommand } from './play.command.js';
import { addRecoverCommand } from './recover.command.js';
import { Terminal, type Surroundings } from './terminal.js';
import { addTriggerCommand } from './trigger.command.js';
import { addVerifyCommand } from './verify.command.js';
import { addWebhooksCommand } from './webhooks.command.js';

/** The codes with which the program ends. */
const EXIT = { success: 0, failure: 1, usage: 2 } as const;

/**
 * Runs a command line.
 *
 * @param argv the arguments after the name of the program
 * @returns the exit code: 0, 1 if the command failed, 2 if the command line or a setting is wrong
 */
export async function runProgram(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const isJson = argv.includes('--json');
  const program = programOf(surroundings, isJson);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return EXIT.success;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.success : EXIT.usage;
    // Ctrl-C ends a command: it may interrupt a question or a request.
    if (surroundings.signal.aborted) return EXIT.success;
    const isUsage = error instanceof CliUsageError;
    if (!isUsage && !(error instanceof CliError)) throw error;
    const { message, phrase } = error;
    const code = isUsage ? 'USAGE' : ((error as { code?: string }).code ?? 'FAILED');
    const shown = isJson ? errorJson(code, message) : new Terminal(surroundings).say(phrase);
    surroundings.stderr.write(`${shown}\n`);
    return isUsage ? EXIT.usage : EXIT.failure;
  }
}

function errorJson(code: string, message: string): string {
  return JSON.stringify({ error: { code, message } });
}

function programOf(surroundings: Surroundings, isJson: boolean): Command {
  const { stdout, stderr } = surroundings;
  const { say, language } = new Terminal(surroundings);
  const program = new Command('docmap-webhooks')
    .description('Receive, trigger, verify and inspect webhooks of DocMap.')
    .version(VERSION, '-V, --version', say(text('output the version number')))
    .helpOption('-h, --help', say(text('display help for command')))
    .helpCommand('help [command]', say(text('display help for command')))
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      outputError: (error, write) => {
        if (isJson) write(`${errorJson('USAGE', error.replace(/^error: /, '').trimEnd())}\n`);
        else write(language === 'en' ? error : translatedError(error, say));
      },
    })
    .addHelpText(
      'after',
      say(
        text(
          '\nDOCMAP_URL and DOCMAP_API_KEY name the server and the key. Without an address, the server is the stored one, or http://localhost:3000.\nExit codes: 0, 1 failed, 2 wrong usage.',
        ),
      ),
    );
  withApiOptions(program.command('login').description('ask for the server and the key, and store them')).action(
    async (options: ApiOptions) => {
      await login(surroundings, new Terminal(surroundings, options), options);
    },
  );
  addListenCommand(program, surroundings);
  addTriggerCommand(program, surroundings);
  addVerifyCommand(program, surroundings);
  addPlayCommand(program, surroundings);
  addWebhooksCommand(program, surroundings);
  addDeliveriesCommand(program, surroundings);
  addResendCommand(program, surroundings);
  addRecoverCommand(program, surroundings);
  addCompletionCommand(program, surroundings);
  translateHelp(program, say);
  return program;
}

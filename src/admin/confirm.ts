import { createInterface } from 'node:readline/promises';
import { CommandError } from './command.js';

/**
 * Asks on the standard error output, and reads one line of the standard input. Everything except `y` and `yes` means no, and so
 * does the end of the input.
 *
 * @throws CommandError if the answer is no
 */
export async function confirm(question: string): Promise<void> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const ended = new Promise<string>((resolve) => void lines.once('close', () => resolve('')));
  const answer = await Promise.race([lines.question(`${question} [y/N] `), ended]);
  lines.close();
  if (!/^y(?:es)?$/i.test(answer.trim())) {
    throw new CommandError('Not confirmed: nothing is changed. Answer "y", or add --yes.');
  }
}

/** Reads the standard input to its end, without white space around it. */
export async function readInput(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) text += String(chunk);
  return text.trim();
}

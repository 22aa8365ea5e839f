import type { Readable, Writable } from 'node:stream';
import { styleText } from 'node:util';
import type { Language } from '../translations/accepted-language.js';
import type { Phrase } from '../translations/phrase.js';
import { languageOf, sayIn, type Say } from './language.js';

/** An output: a terminal, a pipe or a file. */
type Output = Writable & { isTTY?: boolean };

/** An input: a terminal, a pipe or a file. */
export type Input = Readable & { isTTY?: boolean; setRawMode?: (isRaw: boolean) => unknown };

/** The surroundings of a command. */
export interface Surroundings {
  stdin: Input;
  stdout: Output;
  stderr: Output;
  env: Readonly<Record<string, string | undefined>>;
  /** `process.platform`. */
  platform: NodeJS.Platform;
  /** Ends a command that runs until it is stopped: Ctrl-C. */
  signal: AbortSignal;
}

type Style = Parameters<typeof styleText>[0];

/** Prints the results of a command: lines for people, or JSON for programs. */
export class Terminal {
  readonly isJson: boolean;
  /** The language of the person. JSON is for programs, and stays English. */
  readonly language: Language;
  /** Gives a text in this language. */
  readonly say: Say;
  private readonly hasColour: boolean;

  constructor(
    private readonly surroundings: Surroundings,
    { json = false }: { json?: boolean } = {},
  ) {
    const { env, stdout } = surroundings;
    this.isJson = json;
    this.language = json ? 'en' : languageOf(surroundings);
    this.say = sayIn(this.language);
    // https://no-color.org: any value except an empty one. A pipe and a terminal without abilities get no colours.
    this.hasColour = !json && stdout.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
  }

  /** Whether a person can answer questions. */
  get isInteractive(): boolean {
    return this.surroundings.stdin.isTTY === true && !this.isJson;
  }

  /** Prints a result: the text for people, or the data as one line of JSON. */
  print(text: string | Phrase, data: unknown): void {
    this.surroundings.stdout.write(`${this.isJson ? JSON.stringify(data) : this.say(text)}\n`);
  }

  /** Prints a text as it is. */
  write(text: string): void {
    this.surroundings.stdout.write(text);
  }

  /** Prints a remark for people, which is no part of the result. */
  note(text: string | Phrase): void {
    this.surroundings.stderr.write(`${this.say(text)}\n`);
  }

  /** Styles a text if the output is a terminal with colours. */
  style(style: Style, text: string): string {
    return this.hasColour ? styleText(style, text, { validateStream: false }) : text;
  }
}

import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A script of this folder in a process of its own, and the messages it sends, told apart by their fields. */
export class Child<Message extends object> {
  private readonly process: ChildProcess;

  constructor(
    private readonly script: string,
    args: string[] = [],
  ) {
    const path = fileURLToPath(new URL(script, import.meta.url));
    this.process = fork(path, args, { execArgv: ['--import', 'tsx'] });
  }

  send(message: string | object): void {
    this.process.send(message);
  }

  /**
   * The next message that has this field.
   *
   * @throws Error when the process ends before it comes
   */
  next<Field extends keyof Message>(field: Field): Promise<Message & Required<Pick<Message, Field>>> {
    return new Promise((resolve, reject) => {
      const hear = (message: Message & Required<Pick<Message, Field>>): void => {
        if (!(field in message)) return;
        forget();
        resolve(message);
      };
      const fail = (code: number | null): void => {
        forget();
        reject(new Error(`${this.script} ended with ${code}`));
      };
      const forget = (): void => void this.process.off('message', hear).off('exit', fail);
      this.process.on('message', hear).on('exit', fail);
    });
  }

  kill(): void {
    this.process.kill('SIGKILL');
  }
}

import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Runs a script of this folder in a process of its own and receives its messages, which differ by their fields. */
export class Child<Message extends object> {
  private readonly process: ChildProcess;

  constructor(
    private readonly script: string,
    args: string[] = [],
  ) {
    const path = fileURLToPath(new URL(script, import.meta.url));
    this.process = fork(path, args, { execArgv: ['--import', 'tsx'] });
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  send(message: string | object): void {
    this.process.send(message);
  }

  /**
   * Waits for the next message with this field.
   *
   * @throws Error when the process ends first
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

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { eventually } from '../../support/api-client.js';

/** A process that was killed and whose parent does not read its exit code, as in a container without an init. */
export class Zombie {
  private constructor(
    readonly pid: number,
    private readonly parent: ChildProcess,
  ) {}

  static async make(): Promise<Zombie> {
    // The shell executes a program that does not know the child.
    const parent = spawn('sh', ['-c', 'sleep 600 & echo $!; exec sleep 600'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [line] = (await once(createInterface(parent.stdout), 'line')) as [string];
    const zombie = new Zombie(Number(line), parent);
    // A shell that still runs could read the exit code of its child.
    const program = () => readFileSync(`/proc/${parent.pid}/comm`, 'utf8').trim();
    await eventually(async () => (program() === 'sleep' ? true : undefined), 'the program that replaces the shell');
    process.kill(zombie.pid, 'SIGKILL');
    await eventually(async () => (processOf(zombie.pid).state === 'Z' ? true : undefined), 'the zombie');
    return zombie;
  }

  /** Ends the parent, after which the kernel removes the zombie. */
  async bury(): Promise<void> {
    const exit = once(this.parent, 'exit');
    this.parent.kill('SIGKILL');
    await exit;
  }
}

/** Fields 3 and 22 of `/proc/<pid>/stat` (proc(5)). */
export function processOf(pid: number): { state: string; started: string } {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', started: fields[19] ?? '' };
}

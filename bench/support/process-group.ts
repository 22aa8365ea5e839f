import { readdir, readFile } from 'node:fs/promises';
import { TICKS_PER_SECOND } from './cpu-time.js';

/** A process at one time. */
interface Sample {
  parent: number;
  /** Processor time since its start, and that of its children which have ended, in seconds. */
  seconds: number;
}

/** The processor times of a group's processes, keyed by process id. */
export type GroupTimes = ReadonlyMap<number, Sample>;

const KIB_PER_MIB = 1_024;

/** Some processes of this machine. Linux only. */
export class ProcessGroup {
  private constructor(private readonly pids: () => Promise<number[]>) {}

  static ofProcess(pid: number): ProcessGroup {
    return new ProcessGroup(async () => [pid]);
  }

  /** The processes whose command line matches one of the patterns, at each measurement. Spaces separate the arguments. */
  static matching(patterns: readonly RegExp[]): ProcessGroup {
    return new ProcessGroup(async () => {
      const matching = [...(await commandLines())].filter(([, line]) => patterns.some((each) => each.test(line)));
      return matching.map(([pid]) => pid);
    });
  }

  /** The patterns that match no process now. */
  static async unmatched(patterns: readonly RegExp[]): Promise<RegExp[]> {
    const lines = [...(await commandLines()).values()];
    return patterns.filter((pattern) => !lines.some((line) => pattern.test(line)));
  }

  async times(): Promise<GroupTimes> {
    const samples = await Promise.all((await this.pids()).map(async (pid) => [pid, await sampleOf(pid)] as const));
    return new Map(samples.flatMap(([pid, sample]) => (sample ? [[pid, sample] as const] : [])));
  }

  /** The processor time since `before`, in seconds. */
  async secondsSince(before: GroupTimes): Promise<number> {
    return secondsBetween(before, await this.times());
  }

  /**
   * The memory of the processes now, in MB. A page that several processes share counts once (`Pss` of proc(5)). It is NaN when
   * another user owns one of the processes, and this one may not read its memory map.
   */
  async memory(): Promise<number> {
    const sizes = await Promise.all((await this.pids()).map(proportionalSizeOf));
    return sizes.reduce((sum, size) => sum + size, 0);
  }
}

/** The processor time between two samples of a group, in seconds. */
export function secondsBetween(before: GroupTimes, after: GroupTimes): number {
  let seconds = 0;
  for (const [pid, sample] of after) seconds += sample.seconds - (before.get(pid)?.seconds ?? 0);
  // The time of a process that has ended is part of its parent's now. Its time until `before` is no part of the difference.
  for (const [pid, { parent, seconds: earlier }] of before) {
    if (!after.has(pid) && after.has(parent)) seconds -= earlier;
  }
  return seconds;
}

/** The command lines of all processes except this one and its ancestors, whose arguments may contain the patterns. */
async function commandLines(): Promise<Map<number, string>> {
  const lines = new Map<number, string>();
  const own = await ancestry();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || own.has(Number(name))) continue;
    const line = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
    if (line !== '') lines.set(Number(name), line.replaceAll('\0', ' ').trimEnd());
  }
  return lines;
}

async function ancestry(): Promise<Set<number>> {
  const pids = new Set<number>();
  for (let pid = process.pid; pid > 1 && !pids.has(pid); pid = (await sampleOf(pid))?.parent ?? 0) pids.add(pid);
  return pids;
}

/** Fields 4 and 14 to 17 of `/proc/<pid>/stat`; undefined when the process has ended. */
async function sampleOf(pid: number): Promise<Sample | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { parent: Number(fields[1]), seconds: ticks / TICKS_PER_SECOND };
}

async function proportionalSizeOf(pid: number): Promise<number> {
  try {
    // A process that is ending has no memory map any more, and an empty file.
    const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
    return Number(/^Pss:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) / KIB_PER_MIB;
  } catch (error) {
    return ['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '') ? 0 : Number.NaN;
  }
}

import { readFile } from 'node:fs/promises';

/** Linux reports processor time to programs in this unit, whatever its internal clock tick is (`USER_HZ` of time(7)). */
export const TICKS_PER_SECOND = 100;

/** The processor time of a process since its start, in seconds (fields 14 and 15 of `/proc/<pid>/stat`, proc(5)). */
export async function cpuSecondsOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

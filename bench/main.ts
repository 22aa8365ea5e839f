import { writeFile } from 'node:fs/promises';
import type { Bench } from './bench.js';
import { accept } from './benches/accept.bench.js';
import { dispatch } from './benches/dispatch.bench.js';
import { fairness } from './benches/fairness.bench.js';
import { growth } from './benches/growth.bench.js';
import { isolation } from './benches/isolation.bench.js';
import { latency } from './benches/latency.bench.js';
import { limit } from './benches/limit.bench.js';
import { memory } from './benches/memory.bench.js';
import { parseOptions, UsageError, type BenchOptions } from './options.js';
import { resultOf, type Result } from './report/figure.js';
import { describeMachine, type Machine } from './report/machine.js';
import { tableOf } from './report/table.js';
import { isBuilt } from './support/server.js';
import { Stage } from './support/stage.js';

const BENCHES: Bench[] = [limit, dispatch, accept, latency, isolation, fairness, growth, memory];

async function main(): Promise<void> {
  const options = parseOptions(
    process.argv.slice(2),
    BENCHES.map(({ name }) => name),
  );
  if (!isBuilt()) throw new UsageError('There is no build to measure: run "npm run build" first.');
  const machine = await describeMachine();
  const stage = await Stage.open();
  closeOnSignal(stage);
  try {
    const results = await runAll(options, stage);
    await publish(options, machine, results);
  } finally {
    await stage.close();
  }
}

async function runAll(options: BenchOptions, stage: Stage): Promise<Result[]> {
  const results: Result[] = [];
  for (const bench of BENCHES.filter(({ name }) => options.names.includes(name))) {
    const tell = (line: string): void => void process.stderr.write(`${bench.name}: ${line}\n`);
    results.push(...(await bench.run({ stage, options, tell })).map(resultOf));
    await stage.clear();
  }
  return results;
}

async function publish({ json, rounds, quick }: BenchOptions, machine: Machine, results: Result[]): Promise<void> {
  const text = `${JSON.stringify({ machine, rounds, quick, results }, null, 2)}\n`;
  if (json === '-') {
    process.stdout.write(text);
    return;
  }
  if (json !== undefined) await writeFile(json, text);
  const head = Object.entries(machine).map(([name, value]) => `${name.padEnd(9)}  ${value}`);
  console.log(
    `\n${head.join('\n')}\nrounds     ${rounds}${quick ? ', quick: small sizes' : ''}\n\n${tableOf(results)}`,
  );
}

/** Whoever interrupts a run finds no database and no process of it left. */
function closeOnSignal(stage: Stage): void {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    // A terminal's Ctrl-C comes twice, from the terminal itself and from the launcher that passes it on.
    process.on(signal, () => {
      if (interrupted) return;
      interrupted = true;
      process.stderr.write('\nCleaning up …\n');
      void stage.close().finally(() => process.exit(code));
    });
  }
}

let interrupted = false;

main().catch((error: Error) => {
  // What an interruption breaks is no news.
  if (interrupted) return;
  const usage = error instanceof UsageError;
  process.stderr.write(`${usage ? error.message : (error.stack ?? String(error))}\n`);
  process.exitCode = usage ? 2 : 1;
});

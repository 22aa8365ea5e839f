import { writeFile } from 'node:fs/promises';
import type { Bench } from './bench.js';
import { accept } from './benches/accept.bench.js';
import { beside } from './benches/beside.bench.js';
import { dispatch } from './benches/dispatch.bench.js';
import { fairness } from './benches/fairness.bench.js';
import { figures } from './benches/figures.bench.js';
import { growth } from './benches/growth.bench.js';
import { isolation } from './benches/isolation.bench.js';
import { latency } from './benches/latency.bench.js';
import { limit } from './benches/limit.bench.js';
import { memory } from './benches/memory.bench.js';
import { owners } from './benches/owners.bench.js';
import { retention } from './benches/retention.bench.js';
import { scale } from './benches/scale.bench.js';
import { streams } from './benches/streams.bench.js';
import { readPeers, type Peers } from './beside/peers.js';
import { parseOptions, UsageError, type BenchOptions } from './options.js';
import { resultOf } from './report/figure.js';
import { describeMachine } from './report/machine.js';
import { reportOf, type Report } from './report/report.js';
import { now } from './support/clock.js';
import { closeOnSignal, type Interrupt } from './support/interrupt.js';
import { isBuilt } from './support/server.js';
import { Stage } from './support/stage.js';

const BENCHES: Bench[] = [
  limit,
  dispatch,
  accept,
  latency,
  isolation,
  fairness,
  figures,
  growth,
  memory,
  owners,
  retention,
  scale,
  streams,
  beside,
];

async function main(): Promise<void> {
  const options = parseOptions(
    process.argv.slice(2),
    BENCHES.map(({ name }) => name),
  );
  if (!isBuilt()) throw new UsageError('There is no build to measure: run "npm run build" first.');
  const { rounds, quick } = options;
  const peers = options.peers === undefined ? undefined : readPeers(options.peers);
  const report: Report = { machine: await describeMachine(), rounds, quick, results: [], generator: {} };
  const stage = await Stage.open(peers?.receiverPort);
  const interrupt = closeOnSignal(() => stage.close());
  for (const bench of BENCHES.filter(({ name }) => options.names.includes(name))) {
    await runBench(bench, { options, stage, peers, interrupt }, report);
  }
  await stage.close();
  if (!interrupt.isRequested) await publish(report, options);
}

/** Adds the results of a bench to the report. If the bench fails, the results of the others remain. */
async function runBench(
  bench: Bench,
  context: { options: BenchOptions; stage: Stage; peers: Peers | undefined; interrupt: Interrupt },
  report: Report,
): Promise<void> {
  const { interrupt } = context;
  if (interrupt.isRequested) return;
  const tell = (line: string): void => void process.stderr.write(`${bench.name}: ${line}\n`);
  const fail = (error: Error): void => {
    if (interrupt.isRequested) return;
    tell(`failed: ${error.stack}`);
    process.exitCode = 1;
  };
  const begin = now();
  const cpu = process.cpuUsage();
  try {
    report.results.push(...(await bench.run({ ...context, tell, fail })).map(resultOf));
  } catch (error) {
    fail(error as Error);
    if (interrupt.isRequested) return;
  }
  const { user, system } = process.cpuUsage(cpu);
  report.generator[bench.name] = (user + system) / 1_000 / (now() - begin);
  await context.stage.clear();
}

async function publish(report: Report, { json }: BenchOptions): Promise<void> {
  const text = `${JSON.stringify(report, null, 2)}\n`;
  if (json === '-') {
    process.stdout.write(text);
    return;
  }
  if (json !== undefined) await writeFile(json, text);
  console.log(`\n${reportOf(report)}`);
}

main().catch((error: Error) => {
  const usage = error instanceof UsageError;
  process.stderr.write(`${usage ? error.message : (error.stack ?? String(error))}\n`);
  process.exitCode = usage ? 2 : 1;
});

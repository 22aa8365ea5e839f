import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PrivateCluster } from '../../test/crash/support/private-cluster.js';
import { UsageError } from '../options.js';
import { describeMachine } from '../report/machine.js';
import { onServer } from '../support/database.js';
import { closeOnSignal } from '../support/interrupt.js';
import { HANG, NOTE } from '../support/receiver.js';
import { isBuilt } from '../support/server.js';
import { Stage } from '../support/stage.js';
import { parseSoakOptions, type SoakOptions } from './options.js';
import { svgOf } from './plot.js';
import { HOSTILE, soak, USERS, type Disturbance, type SoakResult } from './soak.js';
import { Subject } from './subject.js';
import { judge, linesOf, type Check, type Sample } from './verdict.js';

const OUT = fileURLToPath(new URL('../out/', import.meta.url));

async function main(): Promise<void> {
  const options = parseSoakOptions(process.argv.slice(2));
  if (!isBuilt()) throw new UsageError('There is no build to measure: run "npm run build" first.');
  const { restartDatabase, drop } = await ownServer();
  const stage = await Stage.open();
  const close = async (): Promise<void> => {
    await stage.close();
    await drop();
  };
  const interrupt = closeOnSignal(close);
  try {
    await run(options, stage, restartDatabase);
  } catch (error) {
    // The signal has ended the processes that the run waits for.
    if (!interrupt.isRequested) throw error;
  } finally {
    if (!interrupt.isRequested) await close();
  }
}

function tell(line: string): void {
  process.stderr.write(`soak: ${line}\n`);
}

function endSessions(): Promise<unknown> {
  return onServer(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'docmap_bench_${process.pid}_%'`,
  );
}

/** The server of the run: one of its own if this machine has PostgreSQL's programs, otherwise that of DATABASE_URL. */
async function ownServer(): Promise<{ restartDatabase: Disturbance; drop: () => Promise<void> }> {
  if (PrivateCluster.isPossible) {
    tell('starting a PostgreSQL server');
    const cluster = await PrivateCluster.create();
    process.env.DATABASE_URL = cluster.env.DATABASE_URL;
    const work = async (): Promise<void> => {
      await cluster.stop();
      await cluster.start();
    };
    return { restartDatabase: { name: 'restart of PostgreSQL', work }, drop: () => cluster.drop() };
  }
  if (!process.env.DATABASE_URL) {
    throw new UsageError("A soak needs the programs of PostgreSQL's server, or a server in DATABASE_URL.");
  }
  return { restartDatabase: { name: 'end of all sessions', work: endSessions }, drop: async () => undefined };
}

async function run(options: SoakOptions, stage: Stage, restartDatabase: Disturbance): Promise<void> {
  const { receiver } = stage;
  const name = `soak-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
  await mkdir(OUT, { recursive: true });
  const log = createWriteStream(`${OUT}${name}.log`);
  const database = await stage.database([
    ...USERS.map((userId) => ({ userId, url: `${receiver.url}${NOTE}${userId}` })),
    { userId: HOSTILE, url: `${receiver.url}${HANG}${HOSTILE}` },
  ]);
  const subject = await Subject.start(stage, database, (line) => void log.write(`${line}\n`));
  const restartService: Disturbance = {
    name: 'restart of the service',
    work: () => subject.restart(),
  };
  tell(`${options.rate} events per second for ${options.minutes} minutes`);
  const disturbances = [restartService, restartDatabase] as const;
  const result = await soak(options, { subject, database, receiver, disturbances, tell });
  const [{ attempts } = { attempts: Number.NaN }] = await database.query<{ attempts: number }>(
    `SELECT count(*)::int AS attempts FROM delivery_attempts WHERE user_id = '${HOSTILE}'`,
  );
  subject.release();
  log.end();
  await writeFile(`${OUT}${name}.svg`, plotOf(options, result));
  const checks = judge(result.samples, result.facts, result.windows, options);
  await publish(options, result, checks, attempts);
  console.log(`\nPlot: ${shown(`${OUT}${name}.svg`)}\nLog of the service: ${shown(`${OUT}${name}.log`)}`);
  if (checks.some(({ holds }) => holds === false)) process.exitCode = 1;
}

async function publish(
  options: SoakOptions,
  { facts }: SoakResult,
  checks: readonly Check[],
  hostileAttempts: number,
): Promise<void> {
  const machine = Object.entries(await describeMachine()).map(([name, value]) => `${name.padEnd(9)}  ${value}`);
  console.log(
    [
      ...machine,
      `load       ${options.rate} events/s for ${options.minutes} min, and one receiver that hangs`,
      '',
      `accepted ${facts.accepted}, arrived more than once ${facts.repeated}, refused in restarts ${facts.refusedInRestarts}, ` +
        `recorded attempts at the receiver that hangs ${hostileAttempts}`,
      ...facts.faults,
      '',
      ...linesOf(checks),
    ].join('\n'),
  );
}

function plotOf({ minutes, rate }: SoakOptions, { samples, marks }: SoakResult): string {
  const curve = (name: string, of: (sample: Sample) => number) => ({ name, values: samples.map(of) });
  return svgOf(
    `Soak: ${rate} events/s for ${minutes} min, ${new Date().toISOString().slice(0, 10)}`,
    samples.map(({ at }) => at),
    [
      { title: 'Resident memory of the service (MB)', curves: [curve('RSS', ({ rss }) => rss)] },
      { title: 'File descriptors of the service', curves: [curve('open', ({ descriptors }) => descriptors)] },
      { title: 'Dead tuples, all tables', curves: [curve('dead', ({ deadTuples }) => deadTuples)] },
      {
        title: 'Delivery lag (ms)',
        curves: [curve('p50', ({ lagP50 }) => lagP50), curve('p99', ({ lagP99 }) => lagP99)],
      },
      { title: 'Arrived events per second', curves: [curve('arrived', ({ arrived }) => arrived)] },
    ],
    marks,
  );
}

function shown(path: string): string {
  return relative(process.cwd(), path);
}

main().catch((error: Error) => {
  const usage = error instanceof UsageError;
  process.stderr.write(`${usage ? error.message : (error.stack ?? String(error))}\n`);
  process.exitCode = usage ? 2 : 1;
});
